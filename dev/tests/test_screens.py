"""The pictures of the documentation, as far as no browser is needed."""

import io

import pytest
from PIL import Image, ImageDraw

from kit.commands import screens as command
from kit.errors import Stop
from kit.screens import gallery, pages, studio


def test_every_screen_has_a_name_of_its_own_and_a_place_in_the_gallery():
    names = [screen.name for screen in pages.ALL]
    assert len(set(names)) == len(names)
    shown = [screen for _title, screens in gallery.SECTIONS for screen in screens]
    assert shown == pages.ALL
    assert set(gallery.NAMES) == set(command.LANGUAGES)


def test_an_unknown_screen_is_a_sentence():
    assert command._chosen(pages.ALL, ["health"])[0].title == "Health"
    with pytest.raises(Stop, match="There is no screen wealth"):
        command._chosen(pages.ALL, ["wealth"])


def test_a_picture_is_kept_small_and_sharp(tmp_path):
    picture = Image.new("RGB", (1280, 800), "white")
    ImageDraw.Draw(picture).text((40, 40), "Unfinished Orders", fill="black")
    png = io.BytesIO()
    picture.save(png, "PNG")
    path = tmp_path / "picture.webp"
    studio.save(png.getvalue(), path)
    assert path.stat().st_size < len(png.getvalue())
    assert Image.open(path).size == picture.size


def test_the_gallery_shows_what_there_is_and_no_more(tmp_path, monkeypatch):
    monkeypatch.setattr(studio, "FOLDER", tmp_path)
    (tmp_path / "vi").mkdir()
    (tmp_path / "vi" / "health_390.webp").touch()
    gallery.write()
    text = (tmp_path / "README.md").read_text()
    assert "![Health, in Tiếng Việt, 390 px wide](vi/health_390.webp)" in text
    assert text.count("![") == 1
