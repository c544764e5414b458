"""Read reports as the web client's pivots and graphs do; everything is undone."""

from kit.bench import inside_list as lists

AMOUNTS = ["amount_company:sum", "quantity:sum", "placed_amount:sum", "__count"]


def run(env, side, rounds):
    """Return the milliseconds and the statements of each report."""
    env = lists.seller(env)
    work = {**_of_core(env), **(_of_ours(env) if side == "ours" else {})}
    measured = {name: lists.measure(env, call, rounds) for name, call in work.items()}
    env.cr.rollback()
    return measured


def _of_core(env):
    sales = env["sale.report"]
    amounts = ["price_total:sum", "__count"]
    abandoned = [("is_abandoned_cart", "=", True)]
    return {
        "sales by month": lambda: sales.formatted_read_group([], ["date:month"], amounts),
        "abandoned sales": lambda: sales.formatted_read_group(abandoned, ["website_id"], amounts),
    }


def _of_ours(env):
    orders, messages = env["unfinished.order"], env["recovery.message"]
    by_month = [[], ["activity_at:month"], ["state"], ["activity_at:month", "state"]]
    return {
        "graph by month and state": lambda: orders.formatted_read_group(
            [], ["activity_at:month", "state"], AMOUNTS
        ),
        "pivot by month and state, with totals": lambda: orders.formatted_read_grouping_sets(
            [], by_month, AMOUNTS
        ),
        "graph by day and state": lambda: orders.formatted_read_group(
            [], ["activity_at:day", "state"], ["amount_company:sum", "__count"]
        ),
        "messages by campaign, step and state": lambda: messages.formatted_read_group(
            [], ["campaign_id", "step_id", "state"], ["cost:sum", "__count"]
        ),
        "campaigns with what they earned": lambda: _read_campaigns(env),
        "overview of 90 days": lambda: messages.retrieve_overview({"days": 90}),
        "overview of ten years": lambda: messages.retrieve_overview({"days": 3660}),
    }


def _read_campaigns(env):
    """Read the figures on the cards of the campaigns."""
    campaigns = env["recovery.campaign"].sudo().search([])
    names = [
        name
        for name, field in campaigns._fields.items()
        if field.compute and name.endswith(("_count", "_revenue"))
    ]
    return campaigns.read(names)
