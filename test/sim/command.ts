/** What runs a seed again. */
export function commandFor(seed: number, intensity: number): string {
  const often = intensity === 1 ? "" : ` STELE_SIM_INTENSITY=${intensity}`;
  return `STELE_SIM_SEED=${seed} STELE_SIM_CASES=1${often} npx vitest run test/sim/hosts`;
}
