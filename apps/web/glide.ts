/** Lets the rows of a list glide to their new places. Style sheets say how fast, or not at all. */
import { type RefObject, useLayoutEffect, useRef } from "react";

/** To be put on the list, whose children are the rows. */
export function useGlide(): RefObject<HTMLOListElement | null> {
  const list = useRef<HTMLOListElement>(null);
  const places = useRef(new Map<HTMLElement, number>());
  useLayoutEffect(() => {
    const { current } = list;
    if (!current) return;
    const rows = [...current.children] as HTMLElement[];
    const way = (row: HTMLElement) => (places.current.get(row) ?? row.offsetTop) - row.offsetTop;
    const ways = rows.map(way);
    places.current = new Map(rows.map((row) => [row, row.offsetTop]));
    if (ways.every((each) => each === 0)) return;
    for (const [index, row] of rows.entries()) row.style.setProperty("--from", `${ways[index]}px`);
    current.classList.remove("conditions--settled");
    current.getBoundingClientRect();
    current.classList.add("conditions--settled");
  });
  return list;
}
