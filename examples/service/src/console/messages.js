// Short messages over the page: what has been done, and what is wrong. They never move the list.

import { signInAgain, words } from './api.js';
import { byId, element, put } from './dom.js';

/** Tells screen readers the result of the user's own step. */
export const say = (text) => put(byId('said'), text);

let noticed;

/** Shows a short notice about a finished action. */
export function notice(text) {
  put(byId('notice'), text);
  clearTimeout(noticed);
  noticed = setTimeout(() => put(byId('notice'), ''), 4000);
}

/** Shows an error in a note, with the way to sign in if that helps. */
export function explain(target, error) {
  const text = words(error);
  if (error.needsKey) target.replaceChildren(text, ' ', signInButton());
  else put(target, text);
  target.hidden = false;
}

function signInButton() {
  const button = element('button', { type: 'button' }, 'Sign in');
  button.addEventListener('click', signInAgain);
  return button;
}

/** Shows an error of the list. */
export const trouble = (error) => explain(byId('trouble'), error);

/** Takes the error of the list away. */
export function fine() {
  byId('trouble').hidden = true;
  byId('trouble').replaceChildren();
}
