import {registry} from "@web/core/registry";

const SETTING = "#abandoned_carts_setting";

registry.category("web_tour.tours").add("backend_recovery_settings", {
    steps: () => [
        {
            content: "to the website's settings",
            trigger: ".settings_tab .tab[data-key='website']",
            run: "click",
        },
        {
            content: "switch reminders on",
            trigger: `${SETTING} [name='send_abandoned_cart_email'] input:not(:checked)`,
            run: "click",
        },
        {
            content: "set the delay, in hours and minutes",
            trigger: `${SETTING} [name='cart_abandoned_delay'] input`,
            run: "edit 02:30",
        },
        {
            content: "the template can be chosen",
            trigger: `${SETTING} [name='cart_recovery_mail_template'] input`,
        },
        {
            trigger: "#unfinished_order_setting [name='cart_idle_hours'] input",
            run: "edit 00:30",
        },
        {
            trigger: "#unfinished_order_setting [name='cart_link_days'] input",
            run: "edit 14",
        },
        {
            trigger: "#cart_capture_contact_setting [name='cart_capture_contact'] input:checked",
        },
        {
            content: "delete old carts after a week",
            trigger: "#cart_retention_setting [name='cart_retention'] input[data-value='7']",
            run: "click",
        },
        {
            content: "it is said when that begins, before it is saved",
            trigger: "#cart_retention_setting:contains('Deletion begins on')",
        },
        {
            content: "save",
            trigger: ".o_form_button_save",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "the settings have been saved and are read again",
            trigger: ".settings_tab .tab[data-key='website']",
            run: "click",
        },
        {
            trigger: `${SETTING} [name='send_abandoned_cart_email'] input:checked`,
        },
        {
            trigger: `${SETTING} [name='cart_abandoned_delay'] input:value('02:30')`,
        },
    ],
});
