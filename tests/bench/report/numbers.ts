import type { Spread } from "../figures.ts";

/** Three digits that count, thousands between commas. */
export function readable(figure: number): string {
  if (!Number.isFinite(figure)) return "-";
  const digits = figure >= 100 ? 0 : figure >= 10 ? 1 : 2;
  return figure.toLocaleString("en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The median, with the least and the most of the rounds. */
export function withRange({ median, min, max }: Spread): string {
  return `${readable(median)} (${readable(min)} to ${readable(max)})`;
}
