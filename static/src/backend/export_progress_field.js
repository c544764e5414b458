import {onWillUnmount} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {
    ProgressBarField,
    progressBarField,
} from "@web/views/fields/progress_bar/progress_bar_field";

const EVERY = 2000; // Milliseconds
const MOVING = ["waiting", "running"];

/** A progress bar that moves by itself, for as long as there is something to wait for. */
export class ExportProgressField extends ProgressBarField {
    setup() {
        super.setup();
        const timer = setInterval(() => this.look(), EVERY);
        onWillUnmount(() => clearInterval(timer));
    }

    async look() {
        const {record} = this.props;
        if (!this.isLooking && !document.hidden && MOVING.includes(record.data.state)) {
            this.isLooking = true;
            try {
                await record.load();
            } catch {
                // The line is down, or the export has been deleted: the next look may tell.
            } finally {
                this.isLooking = false;
            }
        }
    }
}

registry.category("fields").add("export_progress", {
    ...progressBarField,
    component: ExportProgressField,
    displayName: _t("Progress of an Export"),
    fieldDependencies: [{name: "state", type: "selection"}],
});
