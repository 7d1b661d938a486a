// Imitates what kubectl documents for one Deployment, kept as JSON in $STAND_IN. It is no cluster: it shows what the scripts ask for.
import { readFileSync, writeFileSync } from "node:fs";

const file = process.env["STAND_IN"] ?? "";
const world = JSON.parse(readFileSync(file, "utf8"));
const argv = process.argv.slice(2);
world.asked = [...world.asked, argv.join(" ")];
const save = () => writeFileSync(file, JSON.stringify(world));
const fail = (message) => {
  save();
  console.error(message);
  process.exit(1);
};
const flag = (name) => argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const { deployment } = world;
const touch = () => {
  deployment.metadata.resourceVersion = String(Number(deployment.metadata.resourceVersion) + 1);
};

/** `{.a.b\.c}`, `{"text"}` and `[?(@.name=="x")]`, as far as the examples use them. A missing field is empty. */
function jsonpath(template) {
  return template.replaceAll(/\{("[^"]*"|[^{}]*)\}/g, (_, inner) => {
    if (inner.startsWith('"')) return JSON.parse(inner);
    const segments = inner.match(/\[\?\(@\.name=="[^"]*"\)\]|\.(?:\\\.|[^.[\\])+/g) ?? [];
    const found = segments.reduce((value, segment) => {
      const named = /=="([^"]*)"/.exec(segment)?.[1];
      if (named !== undefined) return value?.find(({ name }) => name === named);
      return value?.[segment.slice(1).replaceAll("\\.", ".")];
    }, deployment);
    return found ?? "";
  });
}

const target = `deployment/${deployment.metadata.name}`;
const container = (name) => deployment.spec.template.spec.containers.find((one) => one.name === name);
const words = argv.filter((word) => !word.startsWith("-"));
const named = words.find((word) => word.startsWith("deployment/"));
if (named !== target) fail(`Error from server (NotFound): deployments.apps "${named?.slice("deployment/".length)}" not found`);

switch (words[0]) {
  case "get":
    process.stdout.write(jsonpath(argv[argv.indexOf("-o") + 1].slice("jsonpath=".length)));
    // A controller's status update comes between a look and the next write.
    if (world.busy > 0) {
      world.busy -= 1;
      touch();
    }
    break;
  case "annotate": {
    if (flag("resource-version") !== deployment.metadata.resourceVersion) {
      fail(`error: Operation cannot be fulfilled on deployments.apps "${deployment.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`);
    }
    const [key, value] = words.at(-1).split("=");
    deployment.metadata.annotations[key] = value;
    touch();
    console.log(`${target} annotated`);
    break;
  }
  case "set": {
    const [name, image] = words.at(-1).split("=");
    if (container(name) === undefined) fail(`error: unable to find container named "${name}"`);
    if (container(name).image !== image) {
      container(name).image = image;
      touch();
      console.log(`${target} image updated`);
    }
    break;
  }
  case "rollout":
    if (words[1] === "restart") console.log(`${target} restarted`);
    else if (world.stuck) fail(`error: deployment "${deployment.metadata.name}" exceeded its progress deadline`);
    else console.log(`deployment "${deployment.metadata.name}" successfully rolled out`);
    break;
  default:
    fail(`error: unknown command "${words[0]}"`);
}
save();
