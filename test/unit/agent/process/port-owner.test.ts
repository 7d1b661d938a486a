import { createServer } from "node:net";
import { expect, it } from "vitest";
import { findPortOwner, parseListeners } from "../../../../agent/process/port-owner.ts";

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 18559 2 00000000b800cc22 100 0 0 10 0
   1: 0100007F:1F90 0100007F:A1B2 01 00000000:00000000 00:00000000 00000000  1000        0 18560 2 00000000b800cc22 100 0 0 10 0
   2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 17845 1 00000000f041008a 100 0 0 10 0
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 42 1 0 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 43 1 0 100 0 0 10 0
   2: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 44 1 0 100 0 0 10 0
`;

it("reads the kernel's tables: listening sockets of that port only", () => {
  expect(parseListeners(TABLE, 8080)).toEqual([{ address: "127.0.0.1", uid: "1000", inode: "18559" }]);
  expect(parseListeners(TABLE, 8081)).toEqual([{ address: "0.0.0.0", uid: "0", inode: "17845" }]);
  expect(parseListeners(TABLE, 80)).toEqual([]);
  expect(parseListeners(TABLE6, 8080).map(({ address }) => address)).toEqual(["::", "127.0.0.1", "0000:0000:0000:0000:0000:0000:0000:0001"]);
});

it.runIf(process.platform === "linux")("tells whose a listening socket is", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await findPortOwner(port, process.pid, "none")).toEqual({ kind: "ours", addresses: ["127.0.0.1"] });
  expect(await findPortOwner(port, process.ppid, "none")).toMatchObject({ kind: "stranger" });
  await new Promise((resolve) => server.close(resolve));
  expect(await findPortOwner(port, process.pid, "none")).toEqual({ kind: "nobody" });
});
