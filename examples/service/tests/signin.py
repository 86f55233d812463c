"""Signing in to the console in a headless Chromium: `python signin.py ADDRESS CHROMIUM KEYS [FOLDER FOR PICTURES]`.

The service runs with `--access-keys KEYS`. The first key of KEYS may do everything.
"""

import json
import os
import sys
import unittest

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

expect.set_options(timeout=30_000)

ADDRESS, CHROMIUM, KEYS = sys.argv[1:4]
PICTURES = sys.argv[4] if len(sys.argv) > 4 else None
URL = f'http://{ADDRESS}/'
with open(KEYS) as keys:
    KEY = json.loads(keys.readline())


class SignIn(unittest.TestCase):
    def setUp(self):
        self.playwright = sync_playwright().start()
        # Chromium cannot start its sandbox as root. It only visits this service.
        self.browser = self.playwright.chromium.launch(executable_path=CHROMIUM, args=['--no-sandbox'])
        self.context = self.browser.new_context()
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)

    def tearDown(self):
        self.browser.close()
        self.playwright.stop()

    def accessible(self, state):
        for scheme in ('light', 'dark'):
            self.page.emulate_media(color_scheme=scheme)
            faults = [(fault['id'], fault['nodes'][0]['html']) for fault in Axe().run(self.page).response['violations']]
            self.assertEqual(faults, [], f'{state} {scheme}')
            if PICTURES:
                self.page.screenshot(path=os.path.join(PICTURES, f'signin-{state}-{scheme}.png'))

    def sign_in(self, key_id, secret):
        self.page.get_by_label('Access key ID').fill(key_id)
        self.page.get_by_label('Secret').fill(secret)
        self.page.get_by_role('button', name='Sign in').click()

    def test_a_person_signs_in_and_finds_the_list_that_was_asked_for(self):
        self.page.goto(f'{URL}?q=news&status=1')
        expect(self.page.get_by_role('heading', name='Sign in')).to_be_visible()
        self.accessible('first')
        self.sign_in(KEY['id'], 'not the secret')
        expect(self.page.get_by_role('alert')).to_contain_text('no access key')
        self.accessible('wrong')
        self.sign_in(KEY['id'], KEY['secret'])
        expect(self.page.locator('#q')).to_have_value('news')
        self.assertEqual(self.page.url, f'{URL}?q=news&status=1')
        [cookie] = self.context.cookies()
        self.assertEqual((cookie['httpOnly'], cookie['sameSite'], cookie['path']), (True, 'Strict', '/'))
        self.assertEqual(self.page.evaluate('document.cookie'), '', 'no script reads it')

    def test_a_page_of_another_site_has_no_part_in_the_session(self):
        self.page.goto(URL)
        self.sign_in(KEY['id'], KEY['secret'])
        expect(self.page.locator('#q')).to_be_visible()
        listed = self.page.evaluate("fetch('/?Action=ListLiveTranscodeJobs').then((answer) => answer.json())")
        job_id = listed['JobList'][0]['JobId']
        # `localhost` is another site than `127.0.0.1`, and the same service.
        port = ADDRESS.split(':')[1]
        other = self.context.new_page()
        other.goto(f'http://localhost:{port}/healthz')
        for host in ('127.0.0.1', '0.0.0.0'):
            other.goto(f'http://localhost:{port}/healthz')
            with other.expect_navigation():
                other.evaluate(
                    """([host, port, job]) => {
                      const form = Object.assign(document.createElement('form'), {
                        method: 'post', action: `http://${host}:${port}/?Action=DeleteLiveTranscodeJob&JobId=${job}` });
                      document.documentElement.append(form);
                      form.submit();
                    }""",
                    [host, port, job_id],
                )
        got = self.page.evaluate(f"fetch('/?Action=GetLiveTranscodeJob&JobId={job_id}').then((answer) => answer.status)")
        self.assertEqual(got, 200, 'the job is still there')


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])
