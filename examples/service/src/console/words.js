// The texts of the page for the values of the API, and the formats of numbers and times.

/** The filters. `values` maps each value of the API to its text; `counted` has the name of its count in a view. */
export const FACETS = [
  {
    name: 'status', counts: 'status', title: 'Status',
    values: { 0: 'Not started', 1: 'In progress', 2: 'Stopped' }, counted: ['pending', 'running', 'stopped'],
  },
  {
    name: 'type', counts: 'template_type', title: 'Type',
    values: { normal: 'Normal', 'narrow-band': 'Narrow band', 'audio-only': 'Audio only', origin: 'Origin' },
    counted: ['normal', 'narrow-band', 'audio-only', 'origin'],
  },
  {
    name: 'start', counts: 'start_mode', title: 'Start mode',
    values: { 0: 'Immediate', 1: 'Scheduled' }, counted: ['immediate', 'scheduled'],
  },
];

export const STATUS = FACETS[0].values;
export const TYPE = FACETS[1].values;
export const START = FACETS[2].values;

const NUMBERS = new Intl.NumberFormat('en');

export const number = (value) => NUMBERS.format(value);

/** `2026-07-20T02:48:58Z` as `2026-07-20 02:48:58`. */
export const time = (text) => text.replace('T', ' ').replace(/(\.\d+)?Z$/, '');

/** `2026-07-20T02:48:58Z` as `07-20 02:48`. */
export const moment = (text) => time(text).slice(5, 16);

/** Isolates a text of any script, so that its direction does not affect the sentence around it. */
export const apart = (text) => `\u2068${text}\u2069`;

const quoted = (word) => `“${apart(word)}”`;

const either = (words) => new Intl.ListFormat('en', { type: 'disjunction' }).format(words.map(quoted));

/** The notice for a keyword that matched only with typos. */
export function near(told, keyword) {
  if (told.level !== 'one-typo' && told.level !== 'two-typos') return '';
  const found = told.corrections.map(([typed, words]) => `${either(words)} for ${quoted(typed)}`).join(', ');
  const how = told.level === 'one-typo' ? 'one typo per word' : 'two typos per word';
  return `No name matches ${quoted(keyword)} as written. Similar spellings, with up to ${how}${found && `: ${found}`}.`;
}
