// Whether the rows must hold still: no row may move while the pointer or the focus is in the list, or a click would meet
// another row than the one it aimed at.

import { byId } from './dom.js';

/** Milliseconds from the end of the reason until the rows move. Within it the pointer reaches the button above them. */
const LEAVE = 300;
/** Milliseconds in which a click is not aimed at rows that have come under a resting pointer. */
const AIM = 400;
/** Pixels that a hand moves a resting pointer. */
const SHAKE = 4;

const rows = byId('rows');
const zones = [rows, byId('news')];
const reasons = [];

/** A finger is on the screen only when it taps, so it may aim at any time. */
const isTouched = navigator.maxTouchPoints > 0 && matchMedia('(hover: none)').matches;

const isIn = (zone) => zone.matches(':hover') || zone.contains(document.activeElement);

export const isHeld = () =>
  isTouched || zones.some(isIn) || document.querySelector('dialog:modal') !== null || reasons.some((holds) => holds());

/** Adds a reason to hold still. */
export const holdWhile = (holds) => reasons.push(holds);

/** Calls `work` when the rows may move again. */
export function onRelease(work) {
  const later = () => setTimeout(() => isHeld() || work(), LEAVE);
  for (const zone of zones) {
    zone.addEventListener('pointerleave', later);
    zone.addEventListener('focusout', later);
  }
  document.addEventListener('close', later, true);
  return later;
}

let pointer = { x: 0, y: 0 };
let swap = null;

document.addEventListener('pointermove', ({ x, y }) => {
  pointer = { x, y };
  if (swap && Math.hypot(x - swap.x, y - swap.y) > SHAKE) swap = null;
});

/** Notes that the user's own step, such as a search, puts other rows under the pointer. */
export function noteSwap() {
  if (rows.matches(':hover')) swap = { ...pointer, until: performance.now() + AIM };
}

/** Whether a click can have been aimed at the row that it met. Clicks of the keyboard always are. */
export const isAimed = (event) => event.detail === 0 || !swap || performance.now() > swap.until;
