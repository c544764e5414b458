import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

function assert(condition, complaint) {
    if (!condition) {
        throw new Error(complaint);
    }
}

async function runScheduler() {
    const call = (method, ...args) =>
        rpc(`/web/dataset/call_kw/ir.cron/${method}`, {
            model: "ir.cron",
            method,
            args,
            kwargs: {},
        });
    const crons = await call("search", [["code", "=", "model._cron_export()"]]);
    await call("method_direct_trigger", crons);
}

registry.category("web_tour.tours").add("backend_export", {
    steps: () => [
        {
            content: "select two of three",
            trigger: ".o_data_row:contains('UO90003') .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_data_row:contains('UO90001') .o_list_record_selector input",
            run: "click",
        },
        {
            trigger: ".o_cp_action_menus .dropdown-toggle:contains('Actions')",
            run: "click",
        },
        {
            content: "there is one Export, ours",
            trigger: ".o-dropdown--menu .o_menu_item:contains('Export')",
            run: "click",
        },
        {
            content: "it says how many rows there will be",
            trigger: ".modal .o_field_widget[name='row_count']:contains('2')",
        },
        {
            content: "the whole filter would be more",
            trigger: ".modal .o_field_widget[name='source'] span:contains('Current Filter')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='row_count']:contains('3')",
        },
        {
            trigger: ".modal .o_field_widget[name='source'] span:contains('Selected Rows')",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='row_count']:contains('2')",
        },
        {
            content: "choose the columns that were saved",
            trigger: ".modal .o_field_widget[name='saved_id'] input",
            run: "click",
        },
        {
            trigger: ".o-autocomplete--dropdown-item:contains('Two columns')",
            run: "click",
        },
        {
            trigger:
                ".modal .o_field_widget[name='column_ids'] .o_data_row:eq(1):contains('State')",
        },
        {
            content: "change one of them",
            trigger: ".modal .o_field_widget[name='column_ids'] .o_data_row:eq(1) td[name='name']",
            run: "click",
        },
        {
            trigger: ".modal .o_field_widget[name='column_ids'] .o_selected_row input",
            run: "click",
        },
        {
            trigger: ".o_select_menu_item:contains('Last Activity')",
            run: "click",
        },
        {
            content: "begin",
            trigger: ".modal button[name='action_export']",
            run: "click",
        },
        {
            content: "the page of the export, before anybody has written a row",
            trigger: ".o_form_view .o_statusbar_status [aria-checked='true']:contains('Waiting')",
        },
        {
            content: "let the scheduler do its work while the page is open",
            trigger: ".o_form_view .o_field_widget[name='progress'] .o_progress",
            run: runScheduler,
        },
        {
            content: "the page notices by itself",
            trigger: ".o_form_view .o_statusbar_status [aria-checked='true']:contains('Done')",
            timeout: 20000,
        },
        {
            trigger: ".o_form_view .o_field_widget[name='progress']:contains('100')",
        },
        {
            content: "the file is there",
            trigger: ".o_form_view button[name='action_download']",
            async run() {
                const id = window.location.pathname.split("/").pop();
                const answer = await fetch(`/unfinished-orders/exports/${id}`);
                const start = new TextDecoder().decode((await answer.arrayBuffer()).slice(0, 2));
                assert(answer.ok && start === "PK", "this is no XLSX file");
            },
        },
        {
            trigger: ".o_form_view button[name='action_download']",
            run: "click",
        },
        {
            trigger: ".o_form_view button[name='action_download']:not([disabled])",
        },
    ],
});
