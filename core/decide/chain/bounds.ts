/** Between which shares the true one lies, however often one looks. */

/**
 * Kullback–Leibler (Chernoff) bounds, stitched over powers of two by a union bound, so that they hold at every count at once
 * (Garivier and Cappé 2011 for the bound; Howard, Ramdas, McAuliffe and Sekhon 2021 for the stitching). Conservative.
 */
export function boundShare(failures: number, calls: number, risk: number): { readonly least: number; readonly most: number } {
  if (calls <= 0) return { least: 0, most: 1 };
  const epoch = Math.floor(Math.log2(calls)) + 1;
  const reach = Math.log((epoch * (epoch + 1)) / risk) / calls;
  const seen = Math.min(1, failures / calls);
  return { least: seen === 0 ? 0 : bisect(0, seen, (share) => divergence(seen, share) > reach), most: seen === 1 ? 1 : bisect(seen, 1, (share) => divergence(seen, share) <= reach) };
}

/** Where `isLower` ends. */
function bisect(from: number, to: number, isLower: (share: number) => boolean): number {
  let [low, high] = [from, to];
  for (let turn = 0; turn < 40; turn += 1) {
    const middle = (low + high) / 2;
    if (isLower(middle)) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function divergence(seen: number, share: number): number {
  return part(seen, share) + part(1 - seen, 1 - share);
}

function part(seen: number, share: number): number {
  if (seen === 0) return 0;
  return share <= 0 ? Infinity : seen * Math.log(seen / share);
}
