import { crc32, deflateRawSync } from "node:zlib";

/** A zip of one file, as archivers write it: local header, data, directory, end. */
export function makeZip(name: string, content: Buffer, { stored = false, extraLocalBytes = 0 } = {}): Buffer {
  const data = stored ? content : deflateRawSync(content);
  const local = header(0x04034b50, 30, name);
  sizes(local, 14, content, data);
  local.writeUInt16LE(stored ? 0 : 8, 8);
  local.writeUInt16LE(name.length, 26);
  local.writeUInt16LE(extraLocalBytes, 28);
  const directory = header(0x02014b50, 46, name);
  sizes(directory, 16, content, data);
  directory.writeUInt16LE(stored ? 0 : 8, 10);
  directory.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(local.length + extraLocalBytes + data.length, 16);
  return Buffer.concat([local, Buffer.alloc(extraLocalBytes), data, directory, end]);
}

function header(signature: number, size: number, name: string): Buffer {
  const bytes = Buffer.alloc(size + name.length);
  bytes.writeUInt32LE(signature, 0);
  bytes.write(name, size);
  return bytes;
}

function sizes(bytes: Buffer, at: number, content: Buffer, data: Buffer): void {
  bytes.writeUInt32LE(crc32(content), at);
  bytes.writeUInt32LE(data.length, at + 4);
  bytes.writeUInt32LE(content.length, at + 8);
}
