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

/** The median, with the least and the most of the rounds if they are not the same. */
export function withRange({ median, min, max }: Spread): string {
  return min === max
    ? readable(median)
    : `${readable(median)} (${readable(min)} to ${readable(max)})`;
}
