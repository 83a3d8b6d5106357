/** What a bench prints: one JSON object a line, or a table with the median below it. */
import { availableParallelism, cpus, totalmem } from 'node:os';

export type Field = string | number | boolean;

/** One measurement. `name` and `machine` are added when it is printed. */
export interface Measurement {
  readonly n: number;
  readonly seconds: number;
  readonly unit: string;
  readonly [field: string]: Field;
}

const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: availableParallelism(),
  node: process.version,
  memory_gb: Math.round(totalmem() / 1024 ** 3),
};

export function printJson(name: string, measurement: Measurement): void {
  process.stdout.write(`${JSON.stringify({ name, ...measurement, machine })}\n`);
}

/** Rows of equal columns; below more than two rows of one kind, their medians. */
export function printTable(name: string, measurements: readonly Measurement[]): void {
  const [first] = measurements;
  if (first === undefined) return;
  process.stdout.write(`${name} on ${machine.cores} × ${machine.cpu}, ${machine.memory_gb} GB, Node ${machine.node}\n`);
  const columns = Object.keys(first);
  const rows = measurements.map((row) => columns.map((column) => shown(row[column])));
  if (measurements.length > 2 && isOneKind(measurements))
    rows.push(columns.map((column) => medianOf(measurements, column)));
  const widths = columns.map((column, i) => Math.max(column.length, ...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of [columns, ...rows]) {
    process.stdout.write(`  ${row.map((cell, i) => cell.padStart(widths[i] ?? 0)).join('  ')}\n`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The value that `share` of the values (0 to 1) do not exceed: nearest rank. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** To so many digits behind the point: what is printed claims no more than was measured. */
export function rounded(value: number, digits = 0): number {
  return Number(value.toFixed(digits));
}

/** Runs of one kind differ in numbers only. */
function isOneKind(measurements: readonly Measurement[]): boolean {
  const kinds = measurements.map((row) =>
    JSON.stringify(Object.entries(row).filter(([, value]) => typeof value !== 'number')),
  );
  return new Set(kinds).size === 1;
}

function medianOf(measurements: readonly Measurement[], column: string): string {
  const numbers = measurements.map((row) => row[column]).filter((value) => typeof value === 'number');
  return numbers.length === 0 ? 'median' : shown(median(numbers));
}

function shown(value: Field | undefined): string {
  if (typeof value !== 'number') return String(value ?? '');
  return Number.isInteger(value) ? String(value) : String(rounded(value, 3));
}
