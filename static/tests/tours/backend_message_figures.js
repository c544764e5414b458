import {registry} from "@web/core/registry";

const TOTAL = ".o_pivot tbody tr:first-child td.o_pivot_cell_value";

function openFigure(place, count) {
    return [
        {
            content: `the figure says ${count}`,
            trigger: `${TOTAL}:nth-of-type(${place}):contains('${count}')`,
            run: "click",
        },
        {
            content: "and as many rows open",
            trigger: `.o_list_view:has(.o_data_row:nth-child(${count})):not(:has(.o_data_row:nth-child(${count + 1})))`,
        },
        {
            content: "back to the figures",
            trigger: ".o_back_button",
            run: "click",
        },
    ];
}

registry.category("web_tour.tours").add("backend_message_figures", {
    steps: () => [
        {
            content: "look at the analysis",
            trigger: ".o_switch_view.o_pivot",
            run: "click",
        },
        ...openFigure(1, 5),
        ...openFigure(2, 2),
        {
            content: "the figures are there again",
            trigger: ".o_pivot",
        },
    ],
});
