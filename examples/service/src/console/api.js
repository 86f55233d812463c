// Requests to the service.

import { asked } from './address.js';

/** An error from the service, with its message and its advice. */
export class Refused extends Error {
  constructor(body) {
    super([body.Message, body.Recommend].filter(Boolean).join(' — '));
    this.code = body.Code;
  }
}

export const SILENT = 'The service does not answer.';

/** The text to show for an error: the message of the service, if it sent one. */
export const words = (error) => (error.code ? error.message : SILENT);

async function answered(response) {
  const body = await response.json();
  // The session is over. The page of this address is now the one for signing in.
  if (body.Code === 'NotSignedIn') location.reload();
  if (!response.ok) throw new Refused(body);
  return body;
}

/** Requests the view of a state once. */
export const view = (state, signal) => fetch(`/console/view?${asked(state)}`, { signal }).then(answered);

export const templates = () => fetch('/console/templates').then(answered);

/** Calls an action of the API. */
export function act(action, params) {
  const headers = { 'x-acs-action': action, 'x-acs-version': '2020-11-09' };
  return fetch('/', { method: 'POST', headers, body: new URLSearchParams(params) }).then(answered);
}

/** Follows the view of a state: calls `onView` for each new view until the returned source is closed. */
export function follow(state, { onView, onOpen, onLost }) {
  const source = new EventSource(`/console/events?${asked(state)}`);
  source.addEventListener('view', (event) => onView(JSON.parse(event.data)));
  source.addEventListener('open', onOpen);
  source.addEventListener('error', () => onLost(source.readyState === EventSource.CLOSED));
  return source;
}
