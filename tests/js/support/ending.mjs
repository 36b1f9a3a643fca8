// What a test began ends with the test, the last of it first, as whatever came later leans on what came before: a socket
// whose server is gone would otherwise come back for it, and fail a test that had passed.

const endings = new WeakMap();

/** Calls `end` when the test `t` has ended, before whatever was to end earlier in the test; all are called even if one fails. */
export function atEnd(t, end) {
  if (!endings.has(t)) {
    const begun = [];
    endings.set(t, begun);
    t.after(async () => {
      const failures = [];
      while (begun.length) {
        try {
          await begun.pop()();
        } catch (failure) {
          failures.push(failure);
        }
      }
      if (failures.length) throw new AggregateError(failures, failures.map(String).join('\n'));
    });
  }
  endings.get(t).push(end);
}
