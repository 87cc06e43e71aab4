export interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: number;
  readonly pages: number;
  readonly hasNext: boolean;
}

export function pageCount(total: number, perPage: number): number {
  if (perPage < 1) throw new RangeError("a page holds at least one item");
  return Math.max(1, Math.floor(total / perPage));
}

/** `page` counts from 1 and is moved into the range there is. */
export function pageOf<Item>(items: readonly Item[], page: number, perPage: number): Page<Item> {
  const pages = pageCount(items.length, perPage);
  const at = Math.min(Math.max(1, page), pages);
  const begin = (at - 1) * perPage;
  return { items: items.slice(begin, begin + perPage), page: at, pages, hasNext: at < pages };
}
