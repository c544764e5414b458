import {registry} from "@web/core/registry";

/* global Chart */

/** Not imported: tours are loaded in the shop as well, which knows no states. */
function stateColors() {
    const name = "@website_sale_order_handling/backend/state_colors";
    return odoo.loader.modules.get(name).STATE_COLORS;
}

function assertColors(canvas) {
    const drawn = new Map(
        Chart.getChart(canvas).data.datasets.map((set) => [set.label, set.backgroundColor])
    );
    for (const [label, state] of [
        ["Open", "open"],
        ["Expired", "expired"],
    ]) {
        if (drawn.get(label) !== stateColors()[state]) {
            throw new Error(`${label} is drawn in ${drawn.get(label)}`);
        }
    }
}

registry.category("web_tour.tours").add("backend_state_colors", {
    steps: () => [
        {
            content: "the report opens with a picture in the colors of the states",
            trigger: ".o_graph_renderer canvas",
            run() {
                assertColors(this.anchor);
            },
        },
        {
            content: "the list has badges in the same colors",
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            trigger: ".o_data_row td[name='state'] .badge:contains('Expired')",
            run() {
                const probe = document.createElement("i");
                probe.style.backgroundColor = stateColors().expired;
                if (this.anchor.style.backgroundColor !== probe.style.backgroundColor) {
                    throw new Error(`Expired is shown in ${this.anchor.style.backgroundColor}`);
                }
            },
        },
    ],
});
