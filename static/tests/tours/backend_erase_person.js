import {registry} from "@web/core/registry";

registry.category("web_tour.tours").add("backend_erase_person", {
    steps: () => [
        {
            content: "it is not among the buttons",
            trigger: ".o_form_view:not(:has(.o_statusbar_buttons:contains('Erase')))",
        },
        {
            content: "ask for it, behind the cog",
            trigger: ".o_cp_action_menus button",
            run: "click",
        },
        {
            trigger: ".o-dropdown--menu .o_menu_item:contains('Erase This Person')",
            run: "click",
        },
        {
            content: "the dialog says who",
            trigger: ".modal .o_field_widget[name='who']:contains('zq@example.com')",
        },
        {
            content: "and how much",
            trigger: ".modal .o_field_widget[name='cart_count']:contains('1')",
        },
        {
            content: "go ahead",
            trigger: ".modal footer button[name='action_erase']",
            run: "click",
        },
        {
            content: "it is said",
            trigger: ".o_notification:contains('Erased. Unfinished orders: 1')",
        },
        {
            content: "nothing is left to be shown",
            trigger: ".o_form_view:not(:contains('zq@example.com'))",
        },
    ],
});
