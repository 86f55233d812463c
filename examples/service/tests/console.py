"""The console in a headless Chromium: `python console.py ADDRESS CHROMIUM [FOLDER FOR PICTURES]`.

The service runs with `--jobs 3000`. If it has access keys, `ACCESS_KEY` is the ID and the secret of one, as `ID:SECRET`. Each test opens its own page, and an error in the scripts of that page fails the
test.
"""

import http.cookiejar
import json
import os
import random
import re
import sys
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

# On an idle machine every wait ends at once. This limit is for a busy machine.
LAPSE_MAX = 30_000
expect.set_options(timeout=LAPSE_MAX)

ADDRESS, CHROMIUM = sys.argv[1:3]
PICTURES = sys.argv[3] if len(sys.argv) > 3 else None
URL = f'http://{ADDRESS}/'
DEMO_JOBS = 3000

LONG = ' ' + 'longword' * 60
HOSTILE = '<script>document.title="taken"</script><img src=x onerror="document.title=1">'
ARABIC = 'قناة الأخبار HD 2'
CHINESE = '中央电视台综合频道'


def session():
    """The token of a session of the console; `None` if the service has no access keys."""
    if 'ACCESS_KEY' not in os.environ:
        return None
    key_id, secret = os.environ['ACCESS_KEY'].split(':')
    form = urllib.parse.urlencode({'id': key_id, 'secret': secret}).encode()
    cookies = http.cookiejar.CookieJar()
    # Signing in leads to the page.
    request = urllib.request.Request(f'{URL}console/session', form, {'Accept': 'text/html'})
    urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies)).open(request).close()
    return next(cookie.value for cookie in cookies if cookie.name == 'jobdex-session')


SESSION = session()


def act(action, **params):
    """Calls an action of the API, without the page."""
    query = urllib.parse.urlencode({'Action': action, **params})
    request = urllib.request.Request(f'{URL}?{query}', headers={'Cookie': f'jobdex-session={SESSION}'})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def apart(text):
    """A text as it stands within a sentence of the page: isolated, so that its direction stays its own."""
    return f'\u2068{text}\u2069'


def submit(name, **more):
    return act('SubmitLiveTranscodeJob', **{
        'Name': name, 'TemplateId': 't-origin', 'StartMode': 0,
        'StreamInput': '{"Type":"rtmp","InputUrl":"rtmp://in/1"}', 'TranscodeOutput': '{"Type":"LiveCenter"}', **more,
    })['JobId']


def moment(ahead):
    """The time in so many seconds, as the API writes it."""
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(time.time() + ahead))


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.playwright = sync_playwright().start()
        # Chromium cannot start its sandbox as root. It only visits this service.
        cls.browser = cls.playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])

    @classmethod
    def tearDownClass(cls):
        cls.browser.close()
        cls.playwright.stop()

    def setUp(self):
        self.jobs = []
        self.troubles = []
        self.page = self.open()

    def tearDown(self):
        for context in self.browser.contexts:
            context.close()
        for job_id in self.jobs:
            try:
                act('DeleteLiveTranscodeJob', JobId=job_id)
            except urllib.error.HTTPError:
                pass
        self.assertEqual(self.troubles, [])

    def open(self, query='', **options):
        context = self.browser.new_context(**{'viewport': {'width': 1280, 'height': 800}, **options})
        if SESSION:
            context.add_cookies([{'name': 'jobdex-session', 'value': SESSION, 'url': URL}])
        page = context.new_page()
        page.set_default_timeout(LAPSE_MAX)
        page.on('pageerror', lambda error: self.troubles.append(str(error)))
        page.on('console', lambda message: self.troubles.append(message.text) if message.type == 'error' else None)
        page.goto(URL + query)
        expect(page.locator('#summary')).to_contain_text('page')
        return page

    def submit(self, name, **more):
        self.jobs.append(submit(name, **more))
        return self.jobs[-1]

    def places(self, page=None):
        """Where each row is: its top by the ID of its job, in order."""
        rows = (page or self.page).locator('#rows tr')
        return rows.evaluate_all('rows => rows.map((row) => [row.dataset.id, row.getBoundingClientRect().top])')

    def aim(self, job_id, part):
        """Moves the pointer onto a button of a row, and returns where it is."""
        button = self.row(job_id).locator(f'[data-part="{part}"]')
        button.scroll_into_view_if_needed()
        box = button.bounding_box()
        at = box['x'] + box['width'] / 2, box['y'] + box['height'] / 2
        self.page.mouse.move(*at)
        return at

    def leave(self):
        """Moves the pointer and the focus out of the list."""
        self.page.mouse.move(5, 5)
        self.page.evaluate('document.activeElement.blur()')

    def row(self, job_id, page=None):
        return (page or self.page).locator(f'#rows tr[data-id="{job_id}"]')

    def total(self, page=None):
        text = (page or self.page).locator('#summary').inner_text()
        return int(re.match(r'[\d,]+', text)[0].replace(',', ''))

    def accessible(self, page, state):
        """The violations of WCAG 2 and of good practice that axe, a checker of web pages, finds on the page."""
        faults = [(fault['id'], fault['nodes'][0]['html']) for fault in Axe().run(page).response['violations']]
        self.assertEqual(faults, [], state)

    def picture(self, page, name):
        if PICTURES:
            page.screenshot(path=os.path.join(PICTURES, f'{name}.png'))

    def test_the_list_is_a_table_with_the_newest_jobs_first(self):
        expect(self.page.locator('#summary')).to_have_text('3,000 jobs match, page 1 of 150')
        expect(self.page.get_by_role('row')).to_have_count(21)
        heads = self.page.get_by_role('columnheader').all_inner_texts()
        self.assertEqual([head.split()[0] for head in heads[:5]], ['Name', 'Status', 'Type', 'Start', 'Created'])
        times = self.page.locator('#rows time').all_inner_texts()
        self.assertEqual(times, sorted(times, reverse=True))

    def test_filters_narrow_the_list_to_the_count_that_stands_beside_them(self):
        # Scheduled jobs start and end during the test, so all compared values must come from one moment.
        self.page.wait_for_function(COUNTS_ADD_UP, arg=['status 0', 'status 1', 'status 2'])
        self.page.get_by_label('In progress').check()
        self.page.wait_for_function(COUNTS_ADD_UP, arg=['status 1'])
        self.page.get_by_label('Not started').check()
        self.page.wait_for_function(COUNTS_ADD_UP, arg=['status 0', 'status 1'])
        self.assertEqual(set(self.page.locator('#rows .badge').all_inner_texts()) - {'Not started', 'In progress'}, set())
        self.page.get_by_label('Origin').check()
        expect(self.page).to_have_url(re.compile(r'\?status=0,1&type=origin$'))
        self.page.go_back()
        expect(self.page.get_by_label('Origin')).not_to_be_checked()
        self.page.wait_for_function(COUNTS_ADD_UP, arg=['status 0', 'status 1'])

    def test_the_search_answers_as_one_types_and_marks_what_matched(self):
        box = self.page.get_by_role('searchbox')
        for letter in 'news':
            with self.page.expect_response(lambda response: '/console/view' in response.url):
                box.press_sequentially(letter)
        expect(self.page.locator('#rows mark').first).to_have_text(re.compile('^news$', re.I))
        marked = {mark.lower() for mark in self.page.locator('#rows mark').all_inner_texts()}
        self.assertEqual(marked, {'news'})
        self.assertLess(self.total(), DEMO_JOBS)
        expect(self.page.locator('#near')).to_be_hidden()
        expect(self.page).to_have_url(re.compile(r'\?q=news$'))
        expect(self.page.locator('#said')).to_contain_text('jobs match')

    def test_near_spellings_are_said_to_be_near(self):
        self.page.get_by_role('searchbox').fill('natoinal')
        expect(self.page.locator('#near')).to_contain_text(f'No name matches “{apart("natoinal")}” as written.')
        expect(self.page.locator('#near')).to_contain_text(f'“{apart("national")}” for “{apart("natoinal")}”')
        expect(self.page.locator('#rows mark').first).to_have_text(re.compile('national', re.I))
        self.page.get_by_role('searchbox').fill('qqqqqqqqqqq')
        expect(self.page.locator('#nothing p')).to_have_text('No job matches these filters.')
        expect(self.page.locator('#near')).to_be_hidden()
        self.page.get_by_role('button', name='Show all jobs').click()
        expect(self.page.locator('#summary')).to_contain_text('3,000 jobs match')
        expect(self.page.get_by_role('searchbox')).to_be_focused()
        expect(self.page.get_by_role('searchbox')).to_have_value('')
        self.assertEqual(self.page.url, URL)

    def test_a_job_that_is_found_by_its_id_has_the_id_marked(self):
        job_id = self.submit('Night News')
        self.page.get_by_role('searchbox').fill(job_id.upper())
        expect(self.page.locator('#rows tr')).to_have_count(1)
        expect(self.row(job_id).locator('small mark')).to_have_text(job_id)

    def test_every_filter_is_taken_away_at_once(self):
        page = self.open('?q=news&status=1&type=normal')
        expect(page.locator('#summary')).not_to_contain_text('3,000')
        page.get_by_role('button', name='Clear all').click()
        expect(page.locator('#summary')).to_contain_text('3,000 jobs match')
        expect(page.locator('#filters input:checked')).to_have_count(0)
        expect(page.get_by_role('button', name='Clear all')).to_be_hidden()
        page.go_back()
        expect(page.get_by_label('In progress')).to_be_checked()

    def test_names_are_shown_as_text_whatever_is_in_them(self):
        job_id = self.submit(HOSTILE + LONG)
        expect(self.row(job_id).locator('bdi')).to_have_text(HOSTILE + LONG)
        self.page.get_by_role('searchbox').fill('script')
        expect(self.row(job_id).locator('mark').first).to_have_text('script')
        expect(self.row(job_id).locator('bdi')).to_have_text(HOSTILE + LONG)
        self.assertEqual(self.page.locator('#rows script, #rows img').count(), 0)
        self.row(job_id).get_by_role('button', name='Delete').click()
        expect(self.page.locator('#confirm bdi')).to_have_text(HOSTILE + LONG)
        self.assertTrue(self.page.locator('#confirm').evaluate(FITS), 'a long name is broken')
        self.page.keyboard.press('Escape')
        self.assertEqual(self.page.title(), 'Live transcode jobs')
        self.page.goto(f'{URL}?q={urllib.parse.quote(HOSTILE[:60])}&status={urllib.parse.quote(HOSTILE[:60])}')
        expect(self.page.get_by_role('searchbox')).to_have_value(HOSTILE[:60])
        self.assertEqual(self.page.title(), 'Live transcode jobs')

    def test_names_of_every_script_are_found_and_run_in_their_own_direction(self):
        arabic, chinese = self.submit(ARABIC), self.submit(CHINESE)
        self.page.get_by_role('searchbox').fill('الأخبار')
        expect(self.row(arabic).locator('mark')).to_have_text('الأخبار')
        self.assertEqual(self.row(arabic).locator('bdi').evaluate('e => getComputedStyle(e).direction'), 'rtl')
        self.assertEqual(self.page.get_by_role('searchbox').evaluate('e => getComputedStyle(e).direction'), 'rtl')
        self.page.get_by_role('searchbox').fill('电视台')
        expect(self.row(chinese).locator('mark')).to_have_text('电视台')
        self.assertEqual(self.row(chinese).locator('bdi').evaluate('e => getComputedStyle(e).direction'), 'ltr')

    def test_letters_typed_one_after_the_other_are_one_step_to_go_back_over(self):
        box = self.page.get_by_role('searchbox')
        for letters, query in (('ne', r'\?q=ne$'), ('ws', r'\?q=news$')):
            box.press_sequentially(letters)
            expect(self.page).to_have_url(re.compile(query))
        self.page.go_back()
        expect(self.page).to_have_url(URL)
        expect(box).to_have_value('')
        expect(self.page.locator('#summary')).to_contain_text('3,000 jobs match')
        self.page.go_forward()
        expect(box).to_have_value('news')
        expect(self.page.locator('#rows mark').first).to_be_visible()

    def test_a_service_that_does_not_answer_is_said_to_and_asked_again(self):
        page, said = self.page, 'The service does not answer.'
        for path in ('templates', 'view?*', 'events?*'):
            page.route(f'**/console/{path}', lambda route: route.abort())
        page.get_by_role('button', name='New job').click()
        expect(page.locator('#trouble')).to_have_text(said)
        expect(page.locator('#submit')).to_be_hidden()
        page.unroute('**/console/templates')
        page.get_by_role('searchbox').fill('news')
        expect(page.locator('#pause')).to_have_text('· connecting')
        expect(page.get_by_role('alert')).to_have_text(said)
        page.unroute('**/console/view?*')
        expect(page.locator('#rows mark').first).to_be_visible()
        # The event stream still fails, so the page may be out of date and must say so.
        expect(page.locator('#pause')).to_have_text('· connecting')
        expect(page.get_by_role('alert')).to_have_text(said)
        page.unroute('**/console/events?*')
        expect(page.locator('#trouble')).to_be_hidden()
        expect(page.locator('#pause')).to_have_text('')
        job_id = self.submit('Late News')
        expect(self.row(job_id)).to_be_visible()
        self.troubles.clear()  # The browser reports the aborted requests as errors.

    def test_a_job_without_a_name_is_called_by_its_id(self):
        job_id = self.submit(' ')
        expect(self.row(job_id).get_by_role('button', name=f'Delete {job_id}')).to_be_visible()

    def test_pages_can_be_turned_and_jumped_to_up_to_the_last(self):
        pages = self.page.locator('#summary')
        expect(self.page.get_by_role('button', name='Previous page')).to_be_disabled()
        first = self.page.locator('#rows').inner_text()
        self.page.get_by_role('button', name='Next page').click()
        expect(pages).to_contain_text('page 2 of 150')
        self.assertNotEqual(self.page.locator('#rows').inner_text(), first)
        self.page.get_by_label('Page', exact=True).fill('77')
        self.page.keyboard.press('Enter')
        expect(pages).to_contain_text('page 77 of 150')
        expect(self.page).to_have_url(re.compile(r'\?page=77$'))
        expect(self.page.get_by_label('Page', exact=True)).to_be_focused()
        for none in ('0', '151', ''):
            self.page.get_by_label('Page', exact=True).fill(none)
            self.page.keyboard.press('Enter')
            self.assertFalse(self.page.locator('#page').evaluate('e => e.validity.valid'), none)
            expect(self.page).to_have_url(re.compile(r'\?page=77$'))
        last = self.page.get_by_role('button', name='Last page')
        last.focus()
        self.page.keyboard.press('Enter')
        expect(pages).to_contain_text('page 150 of 150')
        expect(self.page.get_by_role('button', name='Next page')).to_be_disabled()
        expect(last).to_be_focused()
        self.page.keyboard.press('Enter')
        expect(self.page).to_have_url(re.compile(r'\?page=150$'))
        self.page.get_by_label('Jobs per page').select_option('100')
        expect(pages).to_contain_text('page 1 of 30')
        expect(self.page.locator('#rows tr')).to_have_count(100)
        page = self.open('?page=9999')
        expect(page.locator('#nothing p')).to_have_text('This page is past the end. The last page is 150.')
        page.locator('#nothing').get_by_role('button', name='Last page').click()
        expect(page.locator('#summary')).to_contain_text('page 150 of 150')

    def test_a_page_that_is_turned_begins_at_its_top_and_nothing_hides_what_is_focused(self):
        self.page.get_by_label('Jobs per page').select_option('100')
        expect(self.page.locator('#rows tr')).to_have_count(100)
        self.page.mouse.wheel(0, 3000)
        self.page.get_by_role('button', name='Next page').click()
        expect(self.page.locator('#summary')).to_contain_text('page 2 of 30')
        expect(self.page.locator('#rows tr').first).to_be_in_viewport()
        for at in (30, 2):
            button = self.page.locator('#rows tr').nth(at).get_by_role('button', name='Delete')
            button.focus()
            self.assertTrue(button.evaluate('''e => {
                const { x, y, width, height } = e.getBoundingClientRect();
                return e.contains(document.elementFromPoint(x + width / 2, y + height / 2));
            }'''), f'row {at}')

    def test_the_order_can_be_turned_round(self):
        newest = self.page.locator('#rows tr').first.get_attribute('data-id')
        self.page.get_by_role('button', name='Created (UTC)').click()
        expect(self.page.locator('#created')).to_have_attribute('aria-sort', 'ascending')
        expect(self.page).to_have_url(re.compile(r'\?sort=asc$'))
        expect(self.row(newest)).to_have_count(0)
        times = self.page.locator('#rows time').all_inner_texts()
        self.assertEqual(times, sorted(times))

    def test_an_address_brings_the_view_back(self):
        query = '?q=news&status=1,2&type=normal,origin&start=0&sort=asc&size=50&plan=1&live=0'
        page = self.open(query)
        for label in ('In progress', 'Stopped', 'Normal', 'Origin', 'Immediate'):
            expect(page.locator('#filters').get_by_label(label)).to_be_checked()
        expect(page.get_by_role('searchbox')).to_have_value('news')
        expect(page.get_by_label('Jobs per page')).to_have_value('50')
        expect(page.get_by_role('button', name='Live', exact=True)).to_have_attribute('aria-pressed', 'false')
        expect(page.locator('#plan pre')).to_contain_text('path')
        page.wait_for_timeout(400)
        self.assertEqual(page.url, URL + query)

    def test_the_plan_is_shown_on_request(self):
        expect(self.page.locator('#plan pre')).to_be_hidden()
        self.page.get_by_text('How this list was found').click()
        expect(self.page.locator('#plan pre')).to_contain_text('actual')
        expect(self.page).to_have_url(re.compile(r'\?plan=1$'))

    def test_changes_of_others_are_seen_live(self):
        job_id = self.submit('Live Channel')
        expect(self.row(job_id)).to_be_visible()
        expect(self.page.locator('#summary')).to_contain_text('3,001')
        act('SendLiveTranscodeJobCommand', JobId=job_id, Command='stop')
        expect(self.row(job_id).locator('.badge')).to_have_text('Stopped')
        act('UpdateLiveTranscodeJob', JobId=job_id, Name='Renamed Channel')
        expect(self.row(job_id).locator('bdi')).to_have_text('Renamed Channel')
        act('DeleteLiveTranscodeJob', JobId=job_id)
        expect(self.row(job_id)).to_have_count(0)
        expect(self.page.locator('#news')).to_be_hidden()

    def test_a_click_never_meets_another_row_than_the_pointer_aimed_at(self):
        page, rng = self.page, random.Random(7)
        wrong = []
        for attempt in range(10):
            ids = [self.submit(f'Aim {attempt} {n}') for n in range(6)]
            for job_id in ids:
                expect(self.row(job_id)).to_be_visible()
            aimed = rng.choice(ids[:3])
            at = self.aim(aimed, 'delete')
            before = self.places()
            # Half of the clicks come at any moment of the changes, the others after all of them.
            self.submit(f'Newcomer {attempt}')
            act('DeleteLiveTranscodeJob', JobId=ids[4])
            act('SendLiveTranscodeJobCommand', JobId=ids[5], Command='stop')
            act('UpdateLiveTranscodeJob', JobId=ids[3], Name='Renamed ' + 'long ' * 40)
            if attempt % 2:
                expect(page.locator('#news')).to_have_text('1 new')
                expect(self.row(ids[4]).locator('.badge')).to_have_text('Deleted')
                expect(self.row(ids[5]).locator('.badge')).to_have_text('Stopped')
                self.assertEqual(self.places(), before, 'no row has moved')
            else:
                page.wait_for_timeout(rng.randrange(400))
            page.mouse.click(*at)
            expect(page.locator('#confirm')).to_be_visible()
            if page.locator('#confirm small').inner_text() != aimed:
                wrong.append(attempt)
            page.keyboard.press('Escape')
            self.leave()
            expect(page.locator('#news')).to_be_hidden()
            expect(self.row(ids[4])).to_have_count(0)
        self.assertEqual(wrong, [])

    def test_rows_stay_while_the_focus_is_in_the_list_and_new_ones_come_by_the_button(self):
        page = self.page
        first = self.submit('Steady Channel')
        button = self.row(first).get_by_role('button', name='Delete')
        button.focus()
        before = self.places()
        others = [self.submit(f'Waiting {n}') for n in range(3)]
        expect(page.locator('#news')).to_have_text('3 new')
        expect(page.locator('#summary')).to_contain_text('3,004')
        self.assertEqual(self.places(), before)
        expect(button).to_be_focused()
        page.locator('#news').click()
        expect(self.row(others[2])).to_be_visible()
        expect(page.locator('#news')).to_be_hidden()
        # Jobs of the same second are in the order of their IDs.
        self.assertEqual({row for row, _ in self.places()[:4]}, {first, *others})
        # The pointer and the focus are out of the list, so rows move again by themselves.
        expect(self.row(self.submit('Moving Channel'))).to_be_visible()

    def test_no_part_of_the_page_moves_the_rows_on_a_narrow_page_either(self):
        for width in (1240, 800, 390):
            self.page = page = self.open(viewport={'width': width, 'height': 900})
            expect(page.locator('#charts figure')).to_have_count(3)
            if width < 768:
                page.get_by_role('button', name='Filters').click()
            page.locator('#rows a').nth(2).focus()
            page.wait_for_timeout(500)
            before = self.places()
            ids = [self.submit(f'Mover {n}') for n in range(12)]
            act('SendLiveTranscodeJobCommand', JobId=ids[0], Command='stop')
            expect(page.locator('#news')).to_have_text('12 new')
            page.wait_for_function(BARS_ADD_UP)
            self.assertEqual(self.places(), before, width)
            for job_id in ids:
                act('DeleteLiveTranscodeJob', JobId=job_id)

    def test_a_removed_row_stays_in_place_as_removed(self):
        page = self.page
        ids = [self.submit(f'Removed {n}') for n in range(3)]
        expect(self.row(ids[2])).to_be_visible()
        at = self.aim(ids[1], 'delete')
        before = self.places()
        page.mouse.click(*at)
        page.locator('#confirm').get_by_role('button', name='Delete').click()
        expect(page.locator('#confirm')).to_be_hidden()
        page.mouse.move(*at)
        expect(self.row(ids[1]).locator('.badge')).to_have_text('Deleted')
        expect(self.row(ids[1]).locator('[data-part="delete"]')).to_be_hidden()
        self.assertEqual(self.places(), before)
        expect(self.row(ids[1]).locator('a')).to_be_focused()
        self.leave()
        expect(self.row(ids[1])).to_have_count(0)

    def test_on_another_page_of_the_list_the_button_tells_of_changes(self):
        page = self.open('?page=3')
        page.locator('#rows tr').nth(3).hover()
        before = self.places(page)
        self.submit('Pushes all')
        expect(page.locator('#news')).to_have_text('Show changes')
        self.assertEqual(self.places(page), before)
        page.mouse.move(5, 5)
        expect(page.locator('#news')).to_be_hidden()
        self.assertEqual([row for row, _ in self.places(page)][1:], [row for row, _ in before][:-1])

    def test_with_a_finger_new_rows_always_wait(self):
        page = self.open(has_touch=True, is_mobile=True, viewport={'width': 390, 'height': 844})
        before = self.places(page)
        self.submit('By finger')
        expect(page.locator('#news')).to_have_text('1 new')
        self.assertEqual(self.places(page), before)
        page.locator('#news').tap()
        expect(page.locator('#rows bdi').first).to_have_text('By finger')

    def test_a_click_is_not_taken_for_rows_that_a_search_puts_under_a_resting_pointer(self):
        # With a filter on, a search adds one more chip and does not move the table.
        self.page = page = self.open('?status=1')
        ids = {self.submit('Under the pointer'), self.submit('Comes under the pointer')}
        for job_id in ids:
            expect(self.row(job_id)).to_be_visible()
        aimed = self.places()[0][0]
        [first] = ids - {aimed}
        at = self.aim(aimed, 'delete')
        page.evaluate(CLICK_AS_SOON_AS_SEEN, [first, *at])
        page.get_by_role('searchbox').fill(first)
        expect(page.locator('#rows tr')).to_have_count(1)
        page.wait_for_function('() => window.clicked')
        expect(page.locator('#confirm')).to_be_hidden()
        page.wait_for_timeout(500)
        page.mouse.click(*at)
        expect(page.locator('#confirm small')).to_have_text(first)

    def test_an_old_count_is_never_shown_as_the_new_one(self):
        page = self.page
        page.evaluate(NOTE_SUMMARIES)
        held = []
        page.route('**/console/view?*', lambda route: held.append(route))
        page.get_by_role('searchbox').press_sequentially('news')
        expect(page.locator('#summary')).to_have_text('Searching…')
        expect(page.locator('.list')).to_have_attribute('aria-busy', 'true')
        expect(page.locator('[data-count="status 1"]')).to_have_text('…')
        expect(page.locator('#pages')).to_have_text('of …')
        self.accessible(page, 'loading')
        held[-1].continue_()
        page.unroute('**/console/view?*')
        expect(page.locator('#rows mark').first).to_be_visible()
        expect(page.locator('.list')).not_to_have_attribute('aria-busy', 'true')
        seen = page.evaluate('window.summaries')
        self.assertEqual([text for text in seen if '3,000' in text], [], seen)

    def test_a_pause_stops_the_changes_and_going_on_catches_up(self):
        self.page.get_by_role('button', name='Live', exact=True).click()
        expect(self.page).to_have_url(re.compile(r'\?live=0$'))
        expect(self.page.locator('#pause')).to_have_text('· paused')
        job_id = self.submit('Unseen Channel')
        self.page.wait_for_timeout(600)
        expect(self.row(job_id)).to_have_count(0)
        self.page.get_by_role('button', name='Live', exact=True).click()
        expect(self.row(job_id)).to_be_visible()

    def test_a_job_is_submitted_stopped_and_deleted_by_keyboard_alone(self):
        page = self.page
        page.get_by_role('button', name='New job').focus()
        page.keyboard.press('Enter')
        expect(page.get_by_label('Name', exact=True)).to_be_focused()
        page.keyboard.type('键盘 Channel')
        page.keyboard.press('Enter')
        expect(page.locator('#submit')).to_be_hidden()
        row = page.locator('#rows tr', has_text='键盘 Channel')
        expect(row.locator('.badge')).to_have_text('In progress')
        self.jobs.append(row.get_attribute('data-id'))
        expect(page.locator('#notice')).to_have_text(f'Submitted: {apart("键盘 Channel")}')
        row.get_by_role('button', name='Stop').focus()
        page.keyboard.press('Enter')
        expect(page.locator('#confirm h2')).to_have_text('Stop this job?')
        expect(page.locator('#confirm').get_by_role('button', name='Cancel')).to_be_focused()
        page.keyboard.press('Tab')
        page.keyboard.press('Enter')
        expect(row.locator('.badge')).to_have_text('Stopped')
        row.get_by_role('button', name='Delete').focus()
        page.keyboard.press('Enter')
        page.keyboard.press('Tab')
        page.keyboard.press('Enter')
        expect(row.locator('.badge')).to_have_text('Deleted')
        expect(row.locator('a')).to_be_focused()
        page.keyboard.press('Control+k')
        expect(page.get_by_role('searchbox')).to_be_focused()
        expect(row).to_have_count(0)

    def test_wrong_fields_are_said_at_the_field_in_words(self):
        page = self.page
        page.get_by_role('button', name='New job').click()
        form = page.locator('#submit')
        page.get_by_label('Name', exact=True).fill('é' * 513)
        page.get_by_label('Stream', exact=True).fill('http://in/1')
        page.get_by_label('Output domain').fill('no domain')
        page.get_by_label('at a set time').check()
        page.get_by_label('Start', exact=True).fill('2020-01-01T00:00:00')
        page.get_by_label('End', exact=True).fill('')
        page.get_by_role('button', name='Submit').click()
        for label, text in (
            ('Name', 'This is too long: 1026 bytes, and at most 1024 are possible.'),
            ('Stream', 'The address must begin with rtmp:// and have no spaces.'),
            ('Output domain', 'A domain has letters, digits, hyphens and dots, such as live.example.com.'),
            ('Start', 'This time is in the past.'),
            ('End', 'Enter a whole date and time.'),
        ):
            field = form.get_by_label(label, exact=True)
            expect(field).to_have_attribute('aria-invalid', 'true')
            expect(field).to_have_accessible_description(text)
            expect(form.get_by_text(text)).to_be_visible()
        expect(page.get_by_label('Name', exact=True)).to_be_focused()
        page.get_by_label('Name', exact=True).fill('')
        expect(page.get_by_label('Name', exact=True)).not_to_have_attribute('aria-invalid', 'true')
        page.get_by_role('button', name='Submit').click()
        expect(form.get_by_text('Enter a name.')).to_be_visible()

    def test_what_the_service_refuses_is_said_at_the_field_or_in_the_dialog(self):
        page = self.page
        page.get_by_role('button', name='New job').click()
        form = page.locator('#submit')
        # A ligature of 18 letters: 1,023 bytes that the store folds to over 2,048 characters.
        page.get_by_label('Name', exact=True).fill('\ufdfa' * 341)
        page.get_by_role('button', name='Submit').click()
        expect(form.locator('.fault:visible')).to_contain_text('Name')
        expect(page.get_by_label('Name', exact=True)).to_be_focused()
        page.get_by_label('Name', exact=True).fill('Refused')
        refuse(page, 503, 'ServiceUnAvailable', 'The service is not available.')
        page.get_by_role('button', name='Submit').click()
        expect(form.get_by_role('alert')).to_have_text('The service cannot do this now. Try again later.')
        expect(page.get_by_role('button', name='Submit')).to_be_focused()
        refuse(page, 503, 'ServiceUnAvailable', 'The service is not available.', 'the write is in the database; do not send it again')
        page.get_by_role('button', name='Submit').click()
        expect(form.get_by_role('alert')).to_contain_text('do not send it again')
        self.troubles.clear()  # The browser reports each refusal as an error of its own.

    def test_a_service_that_can_not_answer_yet_is_asked_again(self):
        page = self.page
        refused = []

        def refuse_twice(route):
            if len(refused) == 2:
                return route.continue_()
            refused.append(route)
            refusing(503, 'ServiceUnAvailable', '')(route)

        page.route('**/console/view?**', refuse_twice)
        page.reload()
        expect(page.locator('#trouble')).to_have_text('The service cannot do this now. Try again later.')
        expect(page.locator('#rows tr').first).to_be_visible()
        expect(page.locator('#trouble')).to_be_hidden()
        self.assertEqual(len(refused), 2)
        self.troubles.clear()

    def test_who_must_sign_in_is_told_so(self):
        page = self.page
        for status, code, text in (
            (401, 'Unauthorized', 'You are not signed in. Sign in'),
            (403, 'NotSignedIn', 'You are not signed in. Sign in'),
            (403, 'Forbidden.RAM', 'Your access key does not allow this. Sign in'),
        ):
            page.route('**/console/view?*', refusing(status, code, ''))
            page.get_by_role('searchbox').fill(f'news {code}')
            expect(page.locator('#trouble')).to_have_text(text)
            expect(page.locator('#summary')).to_have_text('The list could not be loaded.')
            expect(page).to_have_url(re.compile(rf'\?q=news\+{code}$'))
            page.unroute('**/console/view?*')
        page.get_by_role('searchbox').fill('')
        expect(page.locator('#trouble')).to_be_hidden()
        expect(page.locator('#summary')).to_contain_text('3,000')
        # The address follows the typing after a rest.
        expect(page).to_have_url(URL)
        refuse(page, 403, 'Forbidden.RAM', 'User not authorized to operate on the specified resource.')
        page.locator('#rows').get_by_role('button', name='Delete').first.click()
        page.locator('#confirm').get_by_role('button', name='Delete').click()
        expect(page.locator('#confirm [role="alert"]')).to_have_text(text)
        # The session ends, and the same address is loaded again. There the service has its page for signing in.
        ended = []
        page.route('**/console/session/end', lambda route: (ended.append(route.request.method), route.fulfill(status=204)))
        with page.expect_navigation(url=page.url):
            page.locator('#confirm').get_by_role('button', name='Sign in').click()
        self.assertEqual(ended, ['POST'])
        self.troubles.clear()

    def test_a_row_opens_details_with_all_fields_and_an_address_of_their_own(self):
        start, end = moment(3600), moment(7200)
        job_id = self.submit(ARABIC, StartMode=1, TemplateId='t-narrow-cn', TimedConfig=json.dumps({'StartTime': start, 'EndTime': end}),
                             StreamInput='{"Type":"rtmp","InputUrl":"rtmp://in/live/abc"}',
                             TranscodeOutput='{"Type":"LiveCenter","DomainName":"out.example.com"}')
        page = self.page
        page.get_by_role('searchbox').fill(job_id)
        self.row(job_id).locator('a').click()
        panel = page.locator('#job')
        expect(panel.get_by_role('heading')).to_have_text(ARABIC)
        expect(panel.get_by_role('heading')).to_be_focused()
        expect(page).to_have_url(re.compile(rf'\?q={job_id}&job={job_id}$'))
        expect(self.row(job_id).locator('a')).to_have_attribute('aria-current', 'true')
        clock = lambda text: text.replace('T', ' ').replace('Z', ' UTC')
        for title, text in (
            ('Status', 'Not started'), ('Job ID', job_id), ('Name', ARABIC), ('Start mode', 'Scheduled'),
            ('Scheduled start', clock(start)), ('Scheduled end', clock(end)), ('Template type', 'Narrow band'),
            ('Template', '窄带高清'), ('Template ID', 't-narrow-cn'), ('Input stream (rtmp)', 'rtmp://in/live/abc'),
            ('Output stream (rtmp)', f'rtmp://out.example.com/live/{job_id}'),
        ):
            field = panel.locator('dl div').filter(has=page.get_by_text(title, exact=True)).first
            expect(field.locator('dd')).to_contain_text(text)
        expect(panel.locator('[data-key="created"]')).to_contain_text(re.compile('now|second|minute'))
        page.keyboard.press('Escape')
        expect(panel).to_be_hidden()
        expect(page).to_have_url(re.compile(rf'\?q={job_id}$'))
        expect(self.row(job_id).locator('a')).to_be_focused()
        expect(self.row(job_id).locator('a')).not_to_have_attribute('aria-current', 'true')
        page.go_back()
        expect(panel).to_be_visible()
        page = self.open(f'?job={job_id}')
        expect(page.locator('#job').get_by_role('heading')).to_have_text(ARABIC)
        # The job is not among those that the list shows, and the details still follow it.
        page.get_by_role('searchbox').fill('sports')
        expect(page.locator('#rows mark').first).to_be_visible()
        act('UpdateLiveTranscodeJob', JobId=job_id, Name='Renamed elsewhere')
        expect(page.locator('#job').get_by_role('heading')).to_have_text('Renamed elsewhere')
        act('DeleteLiveTranscodeJob', JobId=job_id)
        expect(page.locator('#job-gone')).to_have_text('This job has been deleted.')
        expect(page.locator('#job').get_by_role('button', name='Delete')).to_be_hidden()
        page = self.open('?job=none')
        expect(page.locator('#job-gone')).to_contain_text('There is no job with this ID.')

    def test_ids_and_addresses_are_copied(self):
        job_id = self.submit('Copied Channel')
        page = self.page
        page.context.grant_permissions(['clipboard-read', 'clipboard-write'])
        clipboard = lambda: page.evaluate('navigator.clipboard.readText()')
        self.row(job_id).get_by_role('button', name='Copy ID of Copied Channel').click()
        expect(page.locator('#notice')).to_have_text('Copied')
        self.assertEqual(clipboard(), job_id)
        self.row(job_id).locator('a').click()
        page.locator('#job').get_by_role('button', name='Copy output stream (rtmp)').click()
        page.wait_for_function('() => navigator.clipboard.readText().then((text) => text.startsWith("rtmp://live.example.com"))')
        page.locator('#job').get_by_role('button', name='Copy link').click()
        page.wait_for_function(f'() => navigator.clipboard.readText().then((text) => text === "{URL}?job={job_id}")')

    def test_a_copy_works_where_the_browser_has_no_clipboard_for_pages(self):
        page = self.page
        page.context.grant_permissions(['clipboard-read', 'clipboard-write'])
        page.evaluate('() => { navigator.clipboard.writeText = () => Promise.reject(new Error("not secure")); }')
        row = page.locator('#rows tr').first
        row.locator('[data-part="copy"]').click()
        expect(page.locator('#notice')).to_have_text('Copied')
        self.assertEqual(page.evaluate('navigator.clipboard.readText()'), row.get_attribute('data-id'))

    def test_a_job_is_renamed(self):
        job_id = self.submit('Old name')
        page = self.page
        self.row(job_id).locator('a').click()
        page.get_by_role('button', name='Rename').click()
        field = page.get_by_label('New name')
        expect(field).to_have_value('Old name')
        field.fill('')
        page.locator('#rename').get_by_role('button', name='Rename').click()
        expect(field).to_have_accessible_description('Enter a name.')
        field.fill(CHINESE)
        page.keyboard.press('Enter')
        expect(page.locator('#rename')).to_be_hidden()
        expect(page.locator('#notice')).to_have_text(f'Renamed: {apart(CHINESE)}')
        expect(page.locator('#job').get_by_role('heading')).to_have_text(CHINESE)
        expect(self.row(job_id).locator('bdi')).to_have_text(CHINESE)

    def test_several_jobs_are_stopped_and_deleted_after_one_question_that_names_them(self):
        page = self.page
        names = ['Several one', ARABIC, 'Several three']
        ids = [self.submit(name) for name in names]
        for job_id in ids:
            self.row(job_id).get_by_role('checkbox').check()
        expect(page.locator('#selected-count')).to_have_text('3 jobs selected')
        act('SendLiveTranscodeJobCommand', JobId=ids[0], Command='stop')
        expect(self.row(ids[0]).locator('.badge')).to_have_text('Stopped')
        page.get_by_role('button', name='Stop selected').click()
        expect(page.locator('#confirm h2')).to_have_text('Stop 2 jobs?')
        self.assertEqual(page.locator('#confirm bdi').all_inner_texts(), names[1:])
        expect(page.locator('#confirm-warning')).to_have_text(
            'This is permanent: a stopped job cannot be started again. 1 selected job not in progress stays as it is.')
        page.locator('#confirm').get_by_role('button', name='Stop').click()
        expect(page.locator('#notice')).to_have_text('Stopped: 2 jobs')
        expect(self.row(ids[2]).locator('.badge')).to_have_text('Stopped')
        expect(page.locator('#selected')).to_be_hidden()
        for job_id in ids:
            self.row(job_id).get_by_role('checkbox').check()
        page.get_by_role('searchbox').fill(ids[0])
        expect(page.locator('#rows tr')).to_have_count(1)
        expect(page.locator('#selected-count')).to_have_text('3 jobs selected, 2 not shown')
        page.get_by_role('button', name='Delete selected').click()
        expect(page.locator('#confirm h2')).to_have_text('Delete 3 jobs?')
        self.assertEqual(page.locator('#confirm bdi').all_inner_texts(), names)
        expect(page.locator('#confirm-warning')).to_have_text('This is permanent: a deleted job cannot be brought back.')
        page.locator('#confirm').get_by_role('button', name='Delete').click()
        expect(page.locator('#notice')).to_have_text('Deleted: 3 jobs')
        for job_id in ids:
            with self.assertRaises(urllib.error.HTTPError):
                act('GetLiveTranscodeJob', JobId=job_id)

    def test_a_failure_among_several_leaves_the_others_in_the_question(self):
        page = self.page
        ids = [self.submit(f'Fails {n}') for n in range(3)]
        for job_id in ids:
            self.row(job_id).get_by_role('checkbox').check()
        calls = []

        def second_fails(route):
            calls.append(route)
            if len(calls) == 2:
                refusing(503, 'ServiceUnAvailable', '')(route)
            else:
                route.continue_()

        page.route(URL, lambda route: second_fails(route) if route.request.method == 'POST' else route.continue_())
        page.get_by_role('button', name='Delete selected').click()
        page.locator('#confirm').get_by_role('button', name='Delete').click()
        expect(page.locator('#confirm [role="alert"]')).to_have_text('The service cannot do this now. Try again later.')
        expect(page.locator('#progress')).to_have_text('1 of 3 done')
        self.assertEqual(page.locator('#confirm bdi').all_inner_texts(), ['Fails 1', 'Fails 2'])
        page.locator('#confirm').get_by_role('button', name='Delete').click()
        expect(page.locator('#notice')).to_have_text('Deleted: 3 jobs')
        expect(page.locator('#selected')).to_be_hidden()
        self.troubles.clear()

    def test_all_jobs_of_a_page_are_selected_at_once_and_stay_while_selected(self):
        page = self.page
        page.get_by_label('Select all jobs of this page').check()
        expect(page.locator('#selected-count')).to_have_text('20 jobs selected')
        before = self.places()
        page.mouse.move(5, 5)
        self.submit('Waits for the selection')
        expect(page.locator('#news')).to_have_text('1 new')
        self.assertEqual(self.places(), before)
        page.locator('#rows').get_by_role('checkbox').first.uncheck()
        self.assertTrue(page.locator('#all').evaluate('e => e.indeterminate'))
        page.get_by_role('button', name='Unselect').click()
        expect(page.locator('#selected')).to_be_hidden()
        expect(page.locator('#news')).to_be_hidden()
        expect(page.locator('#rows input:checked')).to_have_count(0)

    def test_a_range_of_times_narrows_the_list(self):
        page = self.page
        page.get_by_role('button', name='Last hour').click()
        expect(page).to_have_url(re.compile(r'\?last=1h$'))
        expect(page.locator('#chips')).to_contain_text('Created: last hour')
        self.assertLess(self.total(), DEMO_JOBS)
        oldest = time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(time.time() - 3600 - 60))
        for text in page.locator('#rows time').all_inner_texts():
            self.assertGreater(text, oldest)
        times = page.locator('#rows time').all_inner_texts()
        page.get_by_role('button', name='Other times').click()
        page.get_by_label('From (UTC)').fill(times[5].replace(' ', 'T'))
        page.get_by_label('Until (UTC)').fill('2001-01-01T00:00:00')
        page.get_by_role('button', name='Apply').click()
        expect(page.get_by_label('Until (UTC)')).to_have_accessible_description('The end is before the start.')
        expect(page.get_by_label('Until (UTC)')).to_be_focused()
        page.get_by_label('Until (UTC)').fill(times[2].replace(' ', 'T'))
        page.keyboard.press('Enter')
        expect(page).to_have_url(re.compile(r'\?from=[^&]*&to=[^&]*$'))
        expect(page.locator('#rows tr').first).to_contain_text(times[3])
        self.assertEqual(page.locator('#rows time').all_inner_texts(), [text for text in times if times[5] <= text < times[2]])
        page.reload()
        expect(page.get_by_label('From (UTC)')).to_have_value(times[5].replace(' ', 'T'))
        expect(page.locator('#summary')).to_contain_text('page 1 of 1')
        page.locator('#chips .chip').click()
        expect(page.locator('#summary')).to_contain_text('3,000')
        self.assertEqual(page.url, URL)

    def test_times_are_told_relative_and_in_the_zone_of_the_reader_too(self):
        page = self.open(timezone_id='Asia/Kathmandu', viewport={'width': 1440, 'height': 800})
        job_id = self.submit('Timed')
        row = self.row(job_id, page)
        created = row.locator('time').inner_text()
        there = time.gmtime(time.mktime(time.strptime(created, '%Y-%m-%d %H:%M:%S')) - time.timezone + 20_700)
        expect(row.locator('.time small')).to_have_text(re.compile(r'^(now|\d+s ago) · ' + time.strftime('%m-%d %H:%M', there) + ' local$'))
        row.locator('a').click()
        expect(page.locator('[data-key="created"]')).to_contain_text(time.strftime('%Y-%m-%d %H:%M:%S', there) + ' GMT+5:45')
        expect(page.locator('[data-key="created"] small')).to_have_text(re.compile('^(now|.* seconds? ago)$'))
        before = row.locator('[data-ago]').inner_text()
        expect(row.locator('[data-ago]')).not_to_have_text(before)
        row = self.page.locator('#rows tr').last
        self.assertRegex(row.locator('.time small').inner_text(), r'^\d+\w+ ago$')

    def test_filters_are_chips_and_each_chip_drops_its_filter(self):
        page = self.open('?q=news&status=0,1&type=normal&last=7d')
        chips = page.locator('#chips .chip')
        expect(chips).to_have_count(5)
        shown = [text.split(' (remove)')[0] for text in chips.all_text_contents()]
        self.assertEqual(shown[1:], ['Status: Not started', 'Status: In progress', 'Type: Normal', 'Created: last 7 days'])
        chips.filter(has_text='Status: Not started').click()
        expect(page).to_have_url(re.compile(r'\?q=news&status=1&type=normal&last=7d$'))
        expect(page.locator('#filters').get_by_label('Not started')).not_to_be_checked()
        for text in ('Search', 'Type', 'Created', 'Status'):
            chips.filter(has_text=text).click()
        expect(page.locator('#chips')).to_be_hidden()
        self.assertEqual(page.url, URL)
        expect(page.get_by_role('searchbox')).to_have_value('')

    def test_an_empty_list_says_which_filter_to_drop(self):
        job_id = self.submit('Dropped Channel')
        page = self.open(f'?q={job_id}&status=2,0&last=30d')
        expect(page.locator('#nothing p')).to_have_text('No job matches these filters.')
        ways = page.locator('#nothing li')
        self.assertEqual(ways.all_inner_texts()[1], 'Drop Status: Not started, Status: Stopped leaves 1 job')
        expect(ways).to_have_count(2)
        page.get_by_role('button', name='Drop Status').click()
        expect(self.row(job_id, page)).to_be_visible()
        expect(page).to_have_url(re.compile(rf'\?q={job_id}&last=30d$'))
        page = self.open('?q=qqqqqqqqqqq&from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z')
        expect(page.locator('#nothing li')).to_have_text('No single filter is the reason.')

    def test_columns_keep_their_width_whatever_is_in_them(self):
        page = self.page
        widths = lambda: page.locator('th').evaluate_all('heads => heads.map((head) => head.getBoundingClientRect().width)')
        before, height = widths(), page.locator('#rows tr').first.bounding_box()['height']
        page.get_by_role('searchbox').fill(self.submit(HOSTILE + LONG))
        expect(page.locator('#rows tr')).to_have_count(1)
        self.assertEqual(widths(), before)
        self.assertEqual(page.locator('#rows tr').bounding_box()['height'], height)
        page.get_by_role('searchbox').fill('qqqqqqqqqqq')
        expect(page.locator('#rows tr')).to_have_count(0)
        self.assertEqual(widths(), before)

    def test_what_matched_is_in_sight_in_a_long_name(self):
        job_id = self.submit('A channel whose name begins with very many words before the ' + 'needle ' + 'and more ' * 20)
        page = self.page
        page.get_by_role('searchbox').fill('needle')
        mark = self.row(job_id).locator('mark')
        expect(mark).to_have_text('needle')
        cell, box = self.row(job_id).locator('td.name').bounding_box(), mark.bounding_box()
        self.assertLess(box['x'] + box['width'], cell['x'] + cell['width'])
        expect(self.row(job_id).locator('a')).to_have_attribute('title', re.compile('^A channel whose name'))

    def test_the_plan_is_told_in_plain_words(self):
        page = self.open('?q=natoinal&status=1&plan=1')
        words = page.locator('#plan-words')
        expect(words).to_contain_text('No name matches as written, so names with up to one typo per word were taken.')
        expect(words).to_contain_text(re.compile(r'[\d,]+ of 3,\d+ jobs pass the filters\.'))
        expect(words).to_contain_text(re.compile(r'The list has \d+ jobs?, and \d+ of them are on this page\.'))
        self.assertNotIn('ns', words.inner_text().split())
        page.get_by_role('searchbox').fill('')
        expect(words).to_contain_text('There is no search text.')

    def test_the_keyboard_alone_is_enough(self):
        page = self.page
        job_id = self.submit('Keyed Channel')
        expect(self.row(job_id)).to_be_visible()
        page.keyboard.press('/')
        expect(page.get_by_role('searchbox')).to_be_focused()
        page.keyboard.type('/?x')
        expect(page.get_by_role('searchbox')).to_have_value('/?x')
        page.get_by_role('searchbox').fill('')
        expect(page.locator('#summary')).to_contain_text('3,001')
        page.keyboard.press('ArrowDown')
        expect(self.row(job_id).locator('a')).to_be_focused()
        page.keyboard.press('ArrowDown')
        expect(page.locator('#rows a').nth(1)).to_be_focused()
        page.keyboard.press('ArrowUp')
        page.keyboard.press('x')
        expect(self.row(job_id).get_by_role('checkbox')).to_be_checked()
        page.keyboard.press('Enter')
        expect(page.locator('#job').get_by_role('heading')).to_have_text('Keyed Channel')
        page.keyboard.press('Escape')
        expect(page.locator('#job')).to_be_hidden()
        expect(self.row(job_id).locator('a')).to_be_focused()
        page.keyboard.press('Escape')
        expect(page.locator('#selected')).to_be_hidden()
        page.keyboard.press('?')
        expect(page.get_by_role('dialog', name='Keyboard shortcuts')).to_be_visible()
        page.get_by_label('Use the keys').uncheck()
        page.keyboard.press('Escape')
        page.keyboard.press('/')
        expect(page.get_by_role('searchbox')).not_to_be_focused()
        page.reload()
        expect(page.locator('#rows tr').first).to_be_visible()
        page.keyboard.press('?')
        page.wait_for_timeout(100)
        expect(page.locator('#help')).to_be_hidden()

    def test_the_charts_count_the_jobs_of_the_list_over_time(self):
        page = self.page
        bars = page.locator('#charts figure[data-status="1"] g')
        expect(bars.first).to_be_attached()
        counts = lambda: [int(re.search(r'([\d,]+) jobs?$', text)[1].replace(',', '')) for text in bars.locator('title').all_text_contents()]
        running = page.locator('[data-count="status 1"]')
        page.wait_for_function(BARS_ADD_UP)
        self.assertGreater(sum(counts()), 500)
        page.get_by_role('searchbox').fill('news')
        expect(page.locator('#rows mark').first).to_be_visible()
        page.wait_for_function(BARS_ADD_UP)
        self.assertLess(sum(counts()), 500)
        page.get_by_role('searchbox').fill('')
        page.wait_for_function(BARS_ADD_UP)
        highest = counts().index(max(counts()))
        bars.nth(highest).click(force=True)
        expect(page).to_have_url(re.compile(r'\?from=[^&]*&to=[^&]*$'))
        expect(page.get_by_role('button', name='Other times')).to_have_attribute('aria-expanded', 'true')
        expect(running).not_to_have_text('…')
        page.wait_for_function(BARS_ADD_UP)

    def test_the_page_has_its_landmarks_and_is_silent_by_itself(self):
        for role, name in (('main', None), ('banner', None), ('search', None), ('navigation', 'Pages'), ('region', 'Filters')):
            expect(self.page.get_by_role(role, **({'name': name} if name else {}))).to_have_count(1)
        self.assertEqual(self.page.locator('html').get_attribute('lang'), 'en')
        # A screen reader announces only the result of the user's own step, no changed count and no changed row.
        self.assertEqual(self.page.locator('#filters, .list').get_by_role('status').count(), 0)
        self.page.keyboard.press('Tab')
        expect(self.page.get_by_role('link', name='Skip to the jobs')).to_be_focused()

    def test_a_checker_finds_no_fault_with_names_roles_and_contrasts_in_any_state(self):
        for scheme, width in (('light', 1280), ('dark', 1280), ('light', 800), ('dark', 390)):
            self.accessible_everywhere(scheme, width)
        self.troubles.clear()  # The browser reports each 400 as an error of its own.

    def accessible_everywhere(self, scheme, width):
        check = lambda state: self.accessible(page, f'{state}, {scheme}, {width}')
        page = self.open('?q=natoinal&plan=1&status=0,1,2&last=30d', color_scheme=scheme, viewport={'width': width, 'height': 800})
        expect(page.locator('#near')).to_be_visible()
        page.locator('#plan-text summary').click()
        check('near spellings, chips and a plan')
        if width < 768:
            page.get_by_role('button', name='Filters').click()
        page.get_by_role('button', name='Other times').click()
        page.get_by_role('button', name='Apply').click()
        expect(page.get_by_label('From (UTC)')).to_have_attribute('aria-invalid', 'true')
        expect(page.locator('#charts figure')).to_have_count(3)
        check('charts and a range without times')
        row = page.locator('#rows tr').first
        row.get_by_role('checkbox').check()
        row.locator('a').focus()
        job_id = self.submit('National news')
        expect(page.locator('#news')).to_be_visible()
        check('a selection and a row that waits')
        row.get_by_role('button', name='Delete').click()
        check('a question')
        page.keyboard.press('Escape')
        page.goto(f'{URL}?job={job_id}')
        expect(page.locator('#job').get_by_role('heading')).to_have_text('National news')
        check('details')
        page.get_by_role('button', name='Rename').click()
        page.get_by_label('New name').fill('')
        page.keyboard.press('Enter')
        check('a name that is refused')
        page.keyboard.press('Escape')
        act('DeleteLiveTranscodeJob', JobId=job_id)
        expect(page.locator('#job-gone')).to_be_visible()
        check('details of a job that is deleted')
        page.get_by_role('button', name='Close details').click()
        page.locator('#rows a').first.focus()
        self.removed_under_focus(page)
        check('a removed row')
        page.get_by_role('button', name='New job').click()
        page.get_by_label('at a set time').check()
        page.get_by_label('End', exact=True).fill('2020-01-01T00:00:00')
        page.get_by_role('button', name='Submit').click()
        expect(page.locator('#submit .fault:visible')).to_have_count(2)
        check('a form that was refused')
        page.keyboard.press('Escape')
        page.evaluate('document.activeElement.blur()')
        page.keyboard.press('?')
        check('the help')
        page.keyboard.press('Escape')
        page.goto(f'{URL}?q=qqqqqqqqqqq&status=1')
        expect(page.locator('#nothing')).to_be_visible()
        check('nothing found')
        page.route('**/console/view?*', refusing(401, 'NotSignedIn', ''))
        page.get_by_role('searchbox').fill('q')
        expect(page.locator('#trouble')).to_be_visible()
        check('not signed in')

    def removed_under_focus(self, page):
        job_id = self.submit('To be removed')
        page.locator('#news').click()
        self.row(job_id, page).locator('a').focus()
        act('DeleteLiveTranscodeJob', JobId=job_id)
        expect(self.row(job_id, page).locator('.badge')).to_have_text('Deleted')

    def test_a_narrow_screen_needs_no_sideways_scrolling(self):
        self.submit(HOSTILE + ' ' + 'longword' * 20)
        for width in (320, 390, 700, 740, 780, 960, 970, 1000, 1210, 1220):
            page = self.open(viewport={'width': width, 'height': 800})
            expect(page.locator('#rows tr').first).to_be_visible()
            self.assertLessEqual(page.evaluate('document.documentElement.scrollWidth'), width, f'{width} wide')
            self.assertGreater(page.locator('td.name').first.bounding_box()['width'], 260, f'{width} wide')
            expect(page.get_by_role('button', name='Created (UTC)')).to_be_visible()
            if width < 768:
                expect(page.get_by_label('In progress')).to_be_hidden()
                page.get_by_role('button', name='Filters', exact=True).click()
            page.get_by_label('In progress').check()
            self.assertLessEqual(page.evaluate('document.documentElement.scrollWidth'), width, f'{width} wide')

    def test_fields_have_room_for_what_is_in_them_on_a_narrow_screen(self):
        page = self.open(viewport={'width': 320, 'height': 800})
        page.get_by_label('Page', exact=True).fill('500000')
        self.assertTrue(page.locator('#page').evaluate(FITS), 'the last page of many')
        page.get_by_role('button', name='New job').click()
        page.get_by_label('at a set time').check()
        outer = page.locator('#submit form').bounding_box()
        for field in page.locator('#submit :is(fieldset, input, select, button)').all():
            inner = field.bounding_box()
            self.assertLessEqual(inner['x'] + inner['width'], outer['x'] + outer['width'] + 1, field.evaluate('e => e.outerHTML'))

    def test_pictures(self):
        for name in (HOSTILE, ARABIC + ' news', CHINESE + ' News', 'Night News'):
            self.submit(name)
        for scheme in ('light', 'dark'):
            for width, height in ((1920, 1080), (1280, 800), (390, 844)):
                page = self.open('?q=news', color_scheme=scheme, viewport={'width': width, 'height': height}, timezone_id='Asia/Shanghai')
                expect(page.locator('#rows mark').first).to_be_visible()
                page.wait_for_timeout(700)
                self.picture(page, f'{scheme}-{width}')
                self.assertGreater(len(page.screenshot()), 20_000, 'a page with something on it')
                page.locator('#rows a').nth(1).click()
                page.wait_for_timeout(300)
                self.picture(page, f'{scheme}-{width}-details')
        page = self.open('?q=natoinal&plan=1&last=30d', viewport={'width': 1280, 'height': 1600})
        for place in (1, 3):
            page.locator('#rows').get_by_role('checkbox').nth(place).check()
        self.picture(page, 'near')
        page.get_by_role('button', name='Delete selected').click()
        page.wait_for_timeout(300)
        self.picture(page, 'question')
        page.keyboard.press('Escape')
        page.get_by_role('button', name='New job').click()
        page.get_by_label('at a set time').check()
        page.get_by_label('End', exact=True).fill('2020-01-01T00:00:00')
        page.get_by_role('button', name='Submit').click()
        page.wait_for_timeout(300)
        self.picture(page, 'submit')
        page.goto(f'{URL}?q=newz&status=0&type=audio-only&start=0')
        expect(page.locator('#nothing')).to_be_visible()
        page.keyboard.press('?')
        self.picture(page, 'help')
        page.keyboard.press('Escape')
        self.picture(page, 'nothing')


def refusing(status, code, message, advice=''):
    """A route that answers with a refusal of the API."""
    body = json.dumps({'RequestId': 'r', 'HostId': 'h', 'Code': code, 'Message': message, 'Recommend': advice})
    return lambda route: route.fulfill(status=status, content_type='application/json', body=body)


def refuse(page, status, code, message, advice=''):
    """Refuses each write of the page from now on."""
    fulfill = refusing(status, code, message, advice)
    page.route(URL, lambda route: fulfill(route) if route.request.method == 'POST' else route.continue_())


# JavaScript: whether the total is the sum of these counts.
COUNTS_ADD_UP = '''(boxes) => {
  const number = (text) => Number(text.replaceAll(',', ''));
  const counts = boxes.map((box) => number(document.querySelector(`[data-count="${box}"]`).textContent));
  return counts.reduce((sum, count) => sum + count) === number(document.querySelector('#summary b').textContent);
}'''

# JavaScript: whether the bars of each chart add up to the count beside the filter. The newest changes may be missing.
BARS_ADD_UP = """() => ['0', '1', '2'].every((status) => {
  const number = (text) => Number(/([\\d,]+)(?: jobs?)?$/.exec(text)[1].replaceAll(',', ''));
  const titles = [...document.querySelectorAll(`#charts figure[data-status="${status}"] title`)];
  const count = document.querySelector(`[data-count="status ${status}"]`).textContent;
  if (count === '…' || document.querySelector('#chart.stale')) return false;
  const sum = titles.map((title) => number(title.textContent)).reduce((sum, count) => sum + count, 0);
  return titles.length > 0 && sum === number(count);
})"""

# JavaScript: clicks at a place by the pointer, in the moment in which the row of a job is there.
CLICK_AS_SOON_AS_SEEN = """([id, x, y]) => {
  const only = () => document.querySelectorAll('#rows tr').length === 1 && document.querySelector(`#rows tr[data-id="${id}"]`);
  new MutationObserver((_, observer) => {
    if (!only()) return;
    observer.disconnect();
    const target = document.elementFromPoint(x, y);
    target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail: 1, clientX: x, clientY: y }));
    window.clicked = target.closest('tr')?.dataset.id === id && target.dataset.act === 'delete';
  }).observe(document.getElementById('rows'), { childList: true });
}"""

# JavaScript: collects every text of the summary from the first letter of a search on.
NOTE_SUMMARIES = """() => {
  window.summaries = [];
  const summary = document.getElementById('summary');
  const note = () => window.summaries.push(summary.textContent);
  document.getElementById('q').addEventListener('input', () => {
    note();
    new MutationObserver(note).observe(summary, { childList: true, characterData: true, subtree: true });
  }, { once: true });
}"""

FITS = 'e => e.scrollWidth <= e.clientWidth'

if __name__ == '__main__':
    del sys.argv[1:]
    unittest.main()
