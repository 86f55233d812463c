// Requests to the service.

import { asked, filtersOf } from './address.js';
import { setClock } from './times.js';

/** An error from the service. `parameter` is the parameter that it names, `advice` the way out, if it has them. */
export class Refused extends Error {
  constructor(status, { Code: code, Message: message, Recommend: advice } = {}) {
    super([message, advice].filter(Boolean).join(' — ') || `The service answered with status ${status}.`);
    Object.assign(this, { status, code: code ?? String(status), advice, parameter: /"([^"]+)"/.exec(message)?.[1] });
  }

  /** Whether the service wants an access key, or one that may do this. */
  get needsKey() {
    return this.status === 401 || (this.status === 403 && this.code !== 'OperationDenied');
  }
}

export const SILENT = 'The service does not answer.';

const WORDS = {
  OperationDenied: 'This change is not possible for this job.',
  JobNotFound: 'This job does not exist. Someone may have deleted it.',
  JobStatusConflict: 'The status of this job does not allow this. It may have just changed.',
  ServiceUnAvailable: 'The service cannot do this now. Try again later.',
  InternalError: 'The service has failed. Its log says why.',
};

/** The text to show for an error, for people. */
export function words(error) {
  if (!error.code) return SILENT;
  if (error.status === 401 || error.code === 'NotSignedIn') return 'You are not signed in.';
  if (error.needsKey) return 'Your access key does not allow this.';
  // The advice says whether a write that was not answered may be sent again.
  if (error.code === 'ServiceUnAvailable' && error.advice) return `The service cannot answer as usual: ${error.advice}.`;
  return WORDS[error.code] ?? error.message;
}

async function answered(response) {
  setClock(response.headers.get('date'));
  const body = await response.json().catch(() => undefined);
  if (!response.ok || body === undefined) throw new Refused(response.status, body);
  return body;
}

const get = (path, signal) => fetch(path, { signal }).then(answered);

/** Requests the view of a state once. */
export const view = (state, signal) => get(`/console/view?${asked(state)}`, signal);

/** Requests the chart of a state. */
export const chart = (state, signal) => get(`/console/chart?${filtersOf(state)}`, signal);

/** Requests some jobs by their IDs; `null` for each that does not exist. */
export const jobs = (ids) => get(`/console/jobs?${new URLSearchParams({ ids: JSON.stringify(ids) })}`);

export const templates = () => get('/console/templates');

/**
 * Ends the session, if there is one, and loads the page again: the service answers with its page for signing in, which
 * comes back to this address.
 */
export async function signInAgain() {
  await fetch('/console/session/end', { method: 'POST' }).catch(() => undefined);
  location.reload();
}

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
