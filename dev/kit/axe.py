"""axe-core, which finds what people with disabilities stumble over, in a page of the browser."""

from kit import node_env

RUN = """\
async ([ours, isPage, skipped]) => {
    const {violations} = await axe.run(document, {
        resultTypes: ["violations"],
        rules: Object.fromEntries(skipped.map((rule) => [rule, {enabled: false}])),
    });
    return violations.flatMap((violation) =>
        violation.nodes.map((node) => {
            const element = document.querySelector([node.target[0]].flat()[0]);
            return {
                rule: violation.id,
                target: node.target.flat().join(" "),
                html: node.html.slice(0, 160),
                summary: node.failureSummary,
                ours: Boolean(element?.closest(ours) || (isPage && element?.matches("html"))),
            };
        })
    );
}
"""


def script():
    """Return the text of axe."""
    return (node_env.modules() / "axe-core" / "axe.min.js").read_text()


def check(page, axe, ours, *, is_page=False, skipped=()):
    """Return what axe objects to in the whole page: rule, target, html, summary, and ours or not.

    :param str axe: the text of axe
    :param str ours: a CSS selector of the elements that are not Odoo's own
    :param bool is_page: the page as a whole (its title, language, headings) is ours, too
    :param skipped: the names of rules that do not apply
    """
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(axe)
    return page.evaluate(RUN, [ours, is_page, list(skipped)])
