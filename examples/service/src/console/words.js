// What the values of the API are called on the page.

/** The filters: each with its values on the wire and their words, and with the names that the counts go by. */
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

/** A text of any script for the middle of a sentence: its direction stays its own. */
export const apart = (text) => `\u2068${text}\u2069`;

const quoted = (word) => `“${apart(word)}”`;

const either = (words) => new Intl.ListFormat('en', { type: 'disjunction' }).format(words.map(quoted));

/** What to say of a keyword that matched no name as it was written. */
export function near(told, keyword) {
  if (told.level !== 'one-typo' && told.level !== 'two-typos') return '';
  const found = told.corrections.map(([typed, words]) => `${either(words)} for ${quoted(typed)}`).join(', ');
  const how = told.level === 'one-typo' ? 'one typo a word' : 'two typos a word';
  return `No name matches ${quoted(keyword)} as written. Near spellings, within ${how}${found && `: ${found}`}.`;
}
