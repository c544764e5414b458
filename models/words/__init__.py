from . import (
    mail,  # first: its blocks extend it
)

# isort: split
from . import mail_blocks, mail_render_mixin, qweb, renderer, renderer_words, sale_order
