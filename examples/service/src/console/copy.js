// Copies texts to the clipboard.

import { element } from './dom.js';
import { notice } from './messages.js';

const SVG = 'http://www.w3.org/2000/svg';

function icon() {
  const drawing = document.createElementNS(SVG, 'svg');
  drawing.setAttribute('viewBox', '0 0 16 16');
  drawing.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3');
  drawing.append(path);
  return drawing;
}

/** A button that copies a text. Its label is set by the caller. */
export const copyButton = (text) =>
  element('button', { type: 'button', class: 'copy', 'data-copy': text, title: 'Copy' }, icon());

/** Copies a text and says so. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Browsers give the clipboard to secure pages only, and a service on another machine has none.
    if (!copyBySelection(text)) {
      notice('The browser did not let this page copy.');
      return;
    }
  }
  notice('Copied');
}

function copyBySelection(text) {
  const focused = document.activeElement;
  const field = element('textarea', { class: 'unseen', readonly: '' });
  field.value = text;
  // Within a modal dialog, only its own elements can be selected.
  (document.querySelector('dialog:modal') ?? document.body).append(field);
  field.select();
  const isCopied = document.execCommand('copy');
  field.remove();
  focused?.focus({ preventScroll: true });
  return isCopied;
}
