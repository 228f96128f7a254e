/** Draws indexes below `count`, the first the most often: each in proportion to one over its place. */
export function zipf(count: number): () => number {
  const cumulated = new Float64Array(count);
  let total = 0;
  for (let place = 1; place <= count; place++) {
    total += 1 / place;
    cumulated[place - 1] = total;
  }
  return () => {
    const drawn = Math.random() * total;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((cumulated[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
