// The pages of the list.

import { byId, put } from './dom.js';
import { number } from './words.js';

/** Shows the page of a view; without a view, the pages are not known. */
export function show(told) {
  const input = byId('page');
  if (told) {
    if (document.activeElement !== input) input.value = told.page;
    input.max = told.pages;
  }
  put(byId('pages'), told ? `of ${number(told.pages)}` : 'of …');
  for (const button of document.querySelectorAll('[data-to]')) {
    const isBack = button.dataset.to === 'first' || button.dataset.to === 'before';
    // The button is only marked as disabled, because a disabled button would lose the focus on the last page.
    button.ariaDisabled = !told || (isBack ? told.page <= 1 : told.page >= told.pages);
  }
}

const STEPS = {
  first: () => 1,
  before: ({ page, pages }) => Math.min(page - 1, pages),
  next: ({ page }) => page + 1,
  last: ({ pages }) => pages,
};

/** Calls `onPage` with the page that the user turns to. `told` gives the view that is shown. */
export function start(told, onPage) {
  document.querySelector('.pager').addEventListener('click', ({ target }) => {
    const button = target.closest('[data-to]');
    if (told() && button?.ariaDisabled === 'false') onPage(STEPS[button.dataset.to](told()));
  });
  byId('jump').addEventListener('submit', (event) => {
    event.preventDefault();
    // The field accepts only numbers of existing pages.
    onPage(byId('page').valueAsNumber);
  });
}
