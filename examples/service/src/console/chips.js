// The active filters as chips above the list. Each chip drops its filter.

import { byId, element, ifChanged } from './dom.js';
import { utc } from './times.js';
import { FACETS, quoted } from './words.js';

const LASTS = { '1h': 'last hour', '24h': 'last 24 hours', '7d': 'last 7 days', '30d': 'last 30 days' };
const UNITS = { m: 'minutes', h: 'hours', d: 'days' };

/** The time range of a state in words; empty for none. */
function range({ last, from, to }) {
  if (last) return LASTS[last] ?? `last ${last.slice(0, -1)} ${UNITS[last.slice(-1)]}`;
  if (from && to) return `${utc(from)} to ${utc(to)} UTC`;
  if (from) return `from ${utc(from)} UTC`;
  return to && `until ${utc(to)} UTC`;
}

/** The active filters of a state: the group, the text, and the change of state that drops it. */
export function activeFilters(state) {
  const found = [];
  if (state.q.trim()) found.push({ filter: 'q', text: `Search: ${quoted(state.q.trim())}`, drop: { q: '' } });
  for (const { name, title, values } of FACETS) {
    for (const value of state[name]) {
      const drop = { [name]: state[name].filter((other) => other !== value) };
      found.push({ filter: name, text: `${title}: ${values[value]}`, drop });
    }
  }
  const created = range(state);
  if (created) found.push({ filter: 'created', text: `Created: ${created}`, drop: { last: '', from: '', to: '' } });
  return found;
}

/** The change of state that drops a whole group of filters. */
export const dropAll = (state, filter) =>
  ['q', 'created'].includes(filter) ? activeFilters(state).find((active) => active.filter === filter)?.drop : { [filter]: [] };

/** Shows the chips of a state. */
export function chips(state, onDrop) {
  const target = byId('chips');
  const filters = activeFilters(state);
  ifChanged(target, filters, () => {
    const hadFocus = target.contains(document.activeElement);
    const made = filters.map(({ text, drop }) => {
      const cross = element('span', { 'aria-hidden': 'true' }, '✕');
      const chip = element('button', { type: 'button', class: 'chip' }, `${text} `, element('span', { class: 'unseen' }, '(remove)'), cross);
      chip.addEventListener('click', () => onDrop(drop));
      return chip;
    });
    target.replaceChildren(...made, byId('clear') ?? '');
    target.hidden = !filters.length;
    if (hadFocus) (target.querySelector('button') && filters.length ? target.querySelector('button') : byId('q')).focus();
  });
}
