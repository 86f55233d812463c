// What helps on: near spellings of the keyword, and for an empty list the filter to drop.

import { activeFilters } from './chips.js';
import { byId, element, ifChanged, put } from './dom.js';
import { apart, counted, number } from './words.js';

/** Shows near spellings that are much more common, each as a button that searches for it. */
export function meant(suggestions) {
  const target = byId('meant');
  ifChanged(target, suggestions, () => {
    const buttons = suggestions.flatMap(({ keyword, total_count: total }, place) => [
      place ? ' or ' : 'Did you mean ',
      element('button', { type: 'button', 'data-q': keyword }, apart(keyword)),
      ` (${number(total)})`,
    ]);
    target.replaceChildren(...buttons, buttons.length ? '?' : '');
    target.hidden = !buttons.length;
  });
}

/** Explains an empty list, and says how many jobs there are without each filter. */
export function nothing(told, state) {
  const filters = activeFilters(state);
  const isPast = told.total > 0 && told.jobs.length === 0;
  const none = filters.length ? 'No job matches these filters.' : 'There are no jobs.';
  const [text, ways, button] = byId('nothing').children;
  byId('nothing').hidden = told.jobs.length > 0;
  put(text, isPast ? `This page is past the end. The last page is ${number(told.pages)}.` : none);
  ways.replaceChildren(...(isPast ? [] : dropWays(told.without, filters)));
  put(button, isPast ? 'Last page' : 'Show all jobs');
  button.dataset.go = isPast ? 'last' : 'all';
  button.hidden = !isPast && !filters.length;
}

function dropWays(without, filters) {
  const ways = without.filter(({ total }) => total > 0);
  if (without.length > 1 && !ways.length) return [element('li', {}, 'No single filter is the reason.')];
  return ways.map(({ filter, total }) => {
    const texts = filters.filter((active) => active.filter === filter).map(({ text }) => text);
    const button = element('button', { type: 'button', 'data-drop': filter }, `Drop ${texts.join(', ')}`);
    return element('li', {}, button, ` leaves ${counted(total, 'job')}`);
  });
}
