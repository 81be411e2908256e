import type { Site } from './site.ts';

/** The topics that are archived in the end. */
export function liveTopics({ storer }: Pick<Site, 'storer'>): string[] {
  return storer.storer.topics.map(({ topic }) => topic);
}

/** `orders, customers`. */
export function names(items: readonly string[]): string {
  return items.join(', ');
}
