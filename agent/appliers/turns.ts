/** Runs what is given to it one after the other, in the order of the calls. */
export function createTurns(): <T>(run: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return async (run) => {
    const turn = last.then(run, run);
    last = turn.catch(() => undefined);
    return await turn;
  };
}
