// Times: in UTC, in the zone of the reader, and relative to now by the clock of the service.

let ahead = 0;

/** Sets the clock by the `Date` of an answer. The clock of the reader may be wrong. */
export function setClock(date) {
  const now = Date.parse(date ?? '');
  // Below this, the difference is the way of the answer and not a wrong clock.
  if (!Number.isNaN(now)) ahead = Math.abs(now - Date.now()) > 5000 ? now - Date.now() : 0;
}

/** The time of the service, in milliseconds. */
export const now = () => Date.now() + ahead;

/** `2026-07-20T02:48:58Z` as `2026-07-20 02:48:58`. */
export const utc = (text) => text.replace('T', ' ').replace(/(\.\d+)?Z$/, '');

/** `2026-07-20T02:48:58Z` as `07-20 02:48`. */
export const moment = (text) => utc(text).slice(5, 16);

const UNITS = [['year', 31_557_600], ['month', 2_629_800], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]];
const FORMATS = { short: new Intl.RelativeTimeFormat('en', { style: 'narrow' }), long: new Intl.RelativeTimeFormat('en') };

/** How long ago a time is, or how far ahead: `3h ago`, or in full `3 hours ago`. */
export function relative(text, form = 'short') {
  const seconds = Math.round((Date.parse(text) - now()) / 1000);
  if (Math.abs(seconds) < 1) return 'now';
  const [unit, length] = UNITS.find(([, least]) => Math.abs(seconds) >= least);
  return FORMATS[form].format(Math.trunc(seconds / length), unit);
}

const ZONE = new Intl.DateTimeFormat('en', { timeZoneName: 'short' });
const two = (number) => String(number).padStart(2, '0');

/** The time in the zone of the reader: `2026-07-20 04:48:58 GMT+2`; empty if that zone has UTC then. */
export function local(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime()) || date.getTimezoneOffset() === 0) return '';
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  const zone = ZONE.formatToParts(date).find(({ type }) => type === 'timeZoneName').value;
  return `${day} ${time} ${zone}`;
}

/** The short form of the local time: `07-20 04:48 local`. */
export function localMoment(text) {
  const full = local(text);
  return full && `${full.slice(5, 16)} local`;
}

/** Writes the relative times of all elements that have a `data-ago` again from time to time. */
export function keepTelling() {
  const tell = () => document.querySelectorAll('[data-ago]').forEach(tellAgo);
  setInterval(tell, 5000);
}

/** Writes the relative time into an element with a `data-ago`. */
export function tellAgo(target) {
  const text = relative(target.dataset.ago, target.dataset.form);
  if (target.textContent !== text) target.textContent = text;
}
