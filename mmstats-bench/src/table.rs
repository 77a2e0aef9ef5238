//! GitHub's Markdown tables, aligned so that they are also readable in a terminal.

/// Prints a table. The first column is left-aligned, and with `notes` also the last one.
pub(crate) fn print(head: &[String], rows: &[Vec<String>], notes: bool) {
    let width = |column: usize| {
        let cells = rows.iter().map(Vec::as_slice).chain([head]);
        cells.map(|cells| cells[column].chars().count()).max().unwrap_or(0).max(3)
    };
    let widths: Vec<_> = (0..head.len()).map(width).collect();
    let is_text = |column| column == 0 || notes && column + 1 == head.len();
    let line = |cells: &[String]| {
        let cells = cells.iter().zip(&widths).enumerate();
        let cells: Vec<_> =
            cells
                .map(|(column, (cell, &width))| {
                    if is_text(column) {
                        format!("{cell:width$}")
                    } else {
                        format!("{cell:>width$}")
                    }
                })
                .collect();
        println!("| {} |", cells.join(" | "));
    };
    line(head);
    let rule = widths.iter().enumerate().map(|(column, &width)| {
        if is_text(column) { "-".repeat(width) } else { format!("{}:", "-".repeat(width - 1)) }
    });
    line(&rule.collect::<Vec<_>>());
    for row in rows {
        line(row);
    }
    println!();
}

/// Formats a value with three significant digits.
pub(crate) fn figure(value: f64) -> String {
    match value {
        ..10.0 => format!("{value:.2}"),
        10.0..100.0 => format!("{value:.1}"),
        100.0..10_000.0 => format!("{value:.0}"),
        _ => {
            let whole = format!("{value:.0}");
            let (thousands, rest) = whole.split_at(whole.len() - 3);
            format!("{thousands},{rest}")
        }
    }
}
