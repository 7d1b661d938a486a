import { describeStoreContract } from "./store-contract.ts";
import { consulWorld, memoryWorld } from "./world.ts";

describeStoreContract("memory", memoryWorld);
describeStoreContract("consul", consulWorld);
