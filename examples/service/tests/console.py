"""The console in a headless Chromium: `python console.py ADDRESS CHROMIUM [FOLDER FOR PICTURES]`.

The service runs with `--jobs 3000`. If it has access keys, `ACCESS_KEY` is the ID and the secret of one, as `ID:SECRET`. Each test opens its own page, and an error in the scripts of that page fails the
test.
"""

import http.cookiejar
import json
import os
import re
import sys
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


def submit(name):
    return act(
        'SubmitLiveTranscodeJob', Name=name, TemplateId='t-origin', StartMode=0,
        StreamInput='{"Type":"rtmp","InputUrl":"rtmp://in/1"}', TranscodeOutput='{"Type":"LiveCenter"}',
    )['JobId']


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

    def submit(self, name):
        self.jobs.append(submit(name))
        return self.jobs[-1]

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

    def test_changes_of_others_are_seen_live_and_focus_stays(self):
        first = self.submit('Steady Channel')
        button = self.row(first).get_by_role('button', name='Delete')
        button.focus()
        second = self.submit('Live Channel')
        expect(self.row(second)).to_be_visible()
        expect(self.page.locator('#summary')).to_contain_text('3,002')
        expect(button).to_be_focused()
        act('SendLiveTranscodeJobCommand', JobId=second, Command='stop')
        expect(self.row(second).locator('.badge')).to_have_text('Stopped')
        act('UpdateLiveTranscodeJob', JobId=second, Name='Renamed Channel')
        expect(self.row(second).locator('bdi')).to_have_text('Renamed Channel')
        act('DeleteLiveTranscodeJob', JobId=second)
        expect(self.row(second)).to_have_count(0)
        expect(button).to_be_focused()

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
        expect(row).to_have_count(0)
        page.keyboard.press('Control+k')
        expect(page.get_by_role('searchbox')).to_be_focused()

    def test_what_the_service_refuses_is_said_in_the_dialog(self):
        page = self.page
        page.get_by_role('button', name='New job').click()
        page.get_by_label('Name', exact=True).fill('Late')
        page.get_by_label('at a set time').check()
        page.get_by_label('End', exact=True).fill('2020-01-01T00:00:00')
        page.get_by_role('button', name='Submit').click()
        expect(page.locator('#submit [role="alert"]')).to_contain_text('TimedConfig.EndTime')
        expect(page.get_by_role('button', name='Submit')).to_be_focused()
        self.troubles.clear()  # The browser reports the 400 as an error of its own.

    def test_the_page_has_its_landmarks_and_is_silent_by_itself(self):
        for role, name in (('main', None), ('banner', None), ('search', None), ('navigation', 'Pages'), ('region', 'Filters')):
            expect(self.page.get_by_role(role, **({'name': name} if name else {}))).to_have_count(1)
        self.assertEqual(self.page.locator('html').get_attribute('lang'), 'en')
        # A screen reader announces only the result of the user's own step, no changed count and no changed row.
        self.assertEqual(self.page.locator('#filters, .list').get_by_role('status').count(), 0)
        self.page.keyboard.press('Tab')
        expect(self.page.get_by_role('link', name='Skip to the jobs')).to_be_focused()

    def test_a_checker_finds_no_fault_with_names_roles_and_contrasts_in_any_state(self):
        for scheme in ('light', 'dark'):
            for width in (1280, 800, 360):
                page = self.open('?q=natoinal&plan=1', color_scheme=scheme, viewport={'width': width, 'height': 800})
                expect(page.locator('#near')).to_be_visible()
                self.accessible(page, f'near spellings and a plan, {scheme}, {width}')
                page.locator('#rows').get_by_role('button', name='Delete').first.click()
                self.accessible(page, f'a question, {scheme}, {width}')
                page.keyboard.press('Escape')
                page.get_by_role('button', name='New job').click()
                page.get_by_label('at a set time').check()
                page.get_by_label('Name', exact=True).fill('Late')
                page.get_by_label('End', exact=True).fill('2020-01-01T00:00:00')
                page.get_by_role('button', name='Submit').click()
                expect(page.locator('#submit [role="alert"]')).to_be_visible()
                self.accessible(page, f'a form that was refused, {scheme}, {width}')
                page.keyboard.press('Escape')
                page.get_by_role('searchbox').fill('qqqqqqqqqqq')
                expect(page.locator('#nothing')).to_be_visible()
                self.accessible(page, f'nothing found, {scheme}, {width}')
        self.troubles.clear()  # The browser reports each 400 as an error of its own.

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
            for width, height in ((1280, 800), (390, 844)):
                page = self.open('?q=news', color_scheme=scheme, viewport={'width': width, 'height': height})
                expect(page.locator('#rows mark').first).to_be_visible()
                page.wait_for_timeout(500)
                self.picture(page, f'{scheme}-{width}')
                self.assertGreater(len(page.screenshot()), 20_000, 'a page with something on it')
        page = self.open('?q=natoinal&plan=1', viewport={'width': 1280, 'height': 1600})
        self.picture(page, 'near')
        page.get_by_role('button', name='New job').click()
        page.wait_for_timeout(300)
        self.picture(page, 'submit')


# JavaScript: whether the total is the sum of these counts.
COUNTS_ADD_UP = '''(boxes) => {
  const number = (text) => Number(text.replaceAll(',', ''));
  const counts = boxes.map((box) => number(document.querySelector(`[data-count="${box}"]`).textContent));
  return counts.reduce((sum, count) => sum + count) === number(document.querySelector('#summary b').textContent);
}'''

FITS = 'e => e.scrollWidth <= e.clientWidth'

if __name__ == '__main__':
    del sys.argv[1:]
    unittest.main()
