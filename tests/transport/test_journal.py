import os
import tempfile
from pathlib import Path

from odoo.tests import BaseCase

from ...drivers.email.journal import Journal


class TestJournal(BaseCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name, "made", "when missing")

    def _files(self):
        return list(self.folder.glob("*"))

    def _leave_behind(self, *keys, text=""):
        """Leave what a killed process leaves: its file, unlocked."""
        with Journal(self.folder) as journal:
            for key in keys:
                journal.note(key)
            os.write(journal._file, text.encode())
        return journal.path

    def test_what_was_sent_is_known_to_everybody_at_once(self):
        with Journal(self.folder) as mine, Journal(self.folder) as other:
            mine.note("<a>")
            self.assertEqual(other.known(), {"<a>"})
            other.note("<b>")
            self.assertEqual(mine.known(), {"<a>", "<b>"})

    def test_a_committed_run_leaves_nothing_behind(self):
        with Journal(self.folder) as journal:
            journal.note("<a>")
            journal.clear()
            self.assertEqual(journal.known(), set())
            journal.note("<b>")
            self.assertEqual(journal.known(), {"<b>"})
            journal.clear()
        self.assertEqual(self._files(), [])

    def test_a_killed_run_is_known_to_the_next_one(self):
        self._leave_behind("<a>", "<b>")
        with Journal(self.folder) as journal:
            self.assertEqual(journal.known(), {"<a>", "<b>"})

    def test_half_a_line_is_no_key(self):
        self._leave_behind("<a>", text="<b")
        with Journal(self.folder) as journal:
            self.assertEqual(journal.known(), {"<a>"})

    def test_files_go_once_the_database_knows_and_not_before(self):
        self._leave_behind("<a>")
        asked = []
        with Journal(self.folder) as journal:
            journal.tidy(asked.append)
            self.assertEqual(asked, [{"<a>"}])
            self.assertEqual(journal.known(), {"<a>"})
            journal.tidy(lambda keys: True)
            self.assertEqual(self._files(), [journal.path])

    def test_the_file_of_a_running_process_is_left_alone(self):
        with Journal(self.folder) as running, Journal(self.folder) as journal:
            running.note("<a>")
            journal.tidy(lambda keys: True)
            self.assertEqual(journal.known(), {"<a>"})

    def test_a_folder_that_cannot_be_written_is_an_error(self):
        self.folder.parent.mkdir()
        self.folder.write_text("a file in the way")
        with self.assertRaises(OSError):
            Journal(self.folder)
