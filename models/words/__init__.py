from . import (
    mail,  # first: its blocks extend it
    renderer,  # as its bodies do
)

# isort: split
from . import (
    mail_blocks,
    mail_images,
    mail_render_mixin,
    qweb,
    renderer_body,
    renderer_texts,
    renderer_words,
    sale_order,
)
