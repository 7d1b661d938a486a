import type * as z from "zod/mini";
import type { Path } from "./config-error.ts";

/** The parts of zod's definitions that are looked into. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly element?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
  readonly innerType?: z.core.$ZodType;
}

/** The keys that may stand at a path, one list for each form that the value there can take. */
export function keysAt(schema: z.core.$ZodType, path: Path): readonly (readonly string[])[] {
  const forms = path.reduce<readonly z.core.$ZodType[]>((schemas, step) => schemas.flatMap((each) => into(each, step)), formsOf(schema));
  return forms.map((form) => Object.keys(definitionOf(form).shape ?? {})).filter((keys) => keys.length > 0);
}

function into(schema: z.core.$ZodType, step: PropertyKey): readonly z.core.$ZodType[] {
  const { shape, element, valueType } = definitionOf(schema);
  const next = shape !== undefined && Object.hasOwn(shape, step) ? shape[String(step)] : (element ?? valueType);
  return next === undefined ? [] : formsOf(next);
}

/** Without defaults and optionality, and with unions taken apart. */
function formsOf(schema: z.core.$ZodType): readonly z.core.$ZodType[] {
  const { innerType, options } = definitionOf(schema);
  if (innerType !== undefined) return formsOf(innerType);
  return options === undefined ? [schema] : options.flatMap(formsOf);
}

function definitionOf(schema: z.core.$ZodType): Definition {
  return schema._zod.def;
}
