/** What an agent and the one that takes its place say to each other. */
export type ToPredecessor = "prepared" | "serving";
export type ToSuccessor = "take-over";
