/**
 * Binary search: the first of `length` places where `reached` is true, `length` if there is none. `reached` must be
 * false up to some place and true from there on.
 */
export const firstPlace = (length: number, reached: (place: number) => boolean): number => {
  let low = 0
  let high = length
  while (low < high) {
    const middle = (low + high) >> 1
    if (reached(middle)) high = middle
    else low = middle + 1
  }
  return low
}
