// Errors of form fields, each shown at its field in words.

import { element, put } from './dom.js';

let made = 0;

/** The place of the errors of a field: behind its label. It is created on first use. */
function noteOf(field) {
  const place = field.closest('label');
  if (place.nextElementSibling?.matches('.fault')) return place.nextElementSibling;
  const note = element('p', { class: 'fault', id: `fault-${(made += 1)}`, hidden: '' });
  field.setAttribute('aria-describedby', note.id);
  place.after(note);
  return note;
}

/** Shows an error at a field. An empty text clears it. */
export function fault(field, text, isFocused = false) {
  const note = noteOf(field);
  put(note, text);
  note.hidden = !text;
  if (text) field.setAttribute('aria-invalid', 'true');
  else field.removeAttribute('aria-invalid');
  if (text && isFocused) field.focus();
}

export function clearFaults(form) {
  for (const field of form.querySelectorAll('[aria-invalid]')) fault(field, '');
}

/**
 * Checks the fields of a form by `rules`, which map names to functions from a value to an error or an empty text. Shows all
 * errors, focuses the first wrong field, and returns whether there is none.
 */
export function isValid(form, rules) {
  clearFaults(form);
  const wrong = Object.keys(rules).map((name) => form.elements[name]).filter((field) => {
    const text = field.matches(':disabled') ? '' : rules[field.name](field.value, field);
    if (text) fault(field, text);
    return Boolean(text);
  });
  wrong[0]?.focus();
  return !wrong.length;
}

/** Shows an error of the service at the field that it names. Returns whether there is such a field. */
export function isShownAtField(form, error) {
  const field = error.parameter && form.querySelector(`[data-parameter="${CSS.escape(error.parameter)}"]`);
  if (!field || field.matches(':disabled')) return false;
  const advice = error.code === 'MissingParameter' ? 'this field is needed' : error.advice || 'this value is not accepted';
  fault(field, `${advice[0].toUpperCase()}${advice.slice(1)}${/[.…]$/.test(advice) ? '' : '.'}`, true);
  return true;
}

/** Most bytes of a name and of an address. */
const TEXT_BYTES_MAX = 1024;

/** The rule of a text that must be given and has a greatest length. */
export function given(what) {
  return (value) => {
    if (!value) return `Enter ${what}.`;
    const bytes = new TextEncoder().encode(value).length;
    return bytes > TEXT_BYTES_MAX ? `This is too long: ${bytes} bytes, and at most ${TEXT_BYTES_MAX} are possible.` : '';
  };
}
