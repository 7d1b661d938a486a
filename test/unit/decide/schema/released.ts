import type { DesiredState } from "../../../../core/model/desired.ts";
import type { ServiceFacts } from "../../../../core/model/facts.ts";
import type { Release } from "../../../../core/model/records.ts";
import { type Story, factsOf, pinned } from "../facts.ts";

type Written = Readonly<Record<string, Omit<Release, "version">>>;

export interface ReleasedStory extends Story {
  /** What the head says. */
  readonly schema?: number;
}

/** A service of these releases, from the oldest to the one that is pinned, unless the story says otherwise. */
export function released(releases: Written, { schema, ...story }: ReleasedStory = {}): ServiceFacts {
  const versions = Object.keys(releases);
  const facts = factsOf({ registered: versions, states: versions.map((version): DesiredState => pinned(version)), ...story });
  const { head } = facts;
  return {
    ...facts,
    releases: new Map([...facts.releases].map(([version, stored]) => [version, { ...stored, value: { version, ...releases[version] } }])),
    head: head === undefined || schema === undefined ? head : { ...head, value: { ...head.value, schema } },
  };
}
