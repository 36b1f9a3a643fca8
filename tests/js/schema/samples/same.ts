// Whether two types are one and the same, for the compiler to judge.

export type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends (<T>() => T extends Other ? 1 : 2) ? true : false;

/** Compiles only where its type argument is `true`. */
export function holds<Claim extends true>(): Claim | undefined {
  return undefined;
}
