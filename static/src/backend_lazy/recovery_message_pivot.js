import {Domain} from "@web/core/domain";
import {PivotRenderer} from "@web/views/pivot/pivot_renderer";
import {pivotView} from "@web/views/pivot/pivot_view";
import {registry} from "@web/core/registry";

// What a figure counts, as in models/recovery/message_figures.py.
const COUNTED = {
    sent_messages: [["sent_at", "!=", false]],
    clicked_messages: [["clicked_at", "!=", false]],
};

export class RecoveryMessagePivotRenderer extends PivotRenderer {
    onOpenView(cell, newWindow) {
        this.counted = COUNTED[cell.measure] || [];
        super.onOpenView(cell, newWindow);
    }

    /**
     * Opens the messages that the figure counts, not all of its group.
     */
    openView(domain, ...others) {
        super.openView(Domain.and([domain, this.counted]).toList({}), ...others);
    }
}

registry.category("views").add("recovery_message_pivot", {
    ...pivotView,
    Renderer: RecoveryMessagePivotRenderer,
});
