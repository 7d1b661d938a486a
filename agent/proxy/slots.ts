export interface Slotted {
  /** Where it is; undefined before and afterwards. */
  slot: number | undefined;
}

/**
 * What comes and goes with every request. A place is used again by the next: a Set that lives long grows out of its tables
 * all the time, and those keep what they held until the whole heap is collected, which costs more than the request itself.
 */
export interface Slots<T extends Slotted> {
  add(item: T): void;
  /** Whether it was in. */
  remove(item: T): boolean;
  size(): number;
  items(): readonly T[];
}

export function createSlots<T extends Slotted>(): Slots<T> {
  const places: (T | undefined)[] = [];
  const free: number[] = [];
  return {
    add(item) {
      item.slot = free.pop() ?? places.length;
      places[item.slot] = item;
    },
    remove(item) {
      if (item.slot === undefined) return false;
      places[item.slot] = undefined;
      free.push(item.slot);
      item.slot = undefined;
      return true;
    },
    size: () => places.length - free.length,
    items: () => places.filter((item) => item !== undefined),
  };
}
