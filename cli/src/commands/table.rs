//! How tables look: aligned columns under a rule, wrapped to the width, Chinese counted as wide.

use comfy_table::{Cell, ContentArrangement, ContentLineStyle, LineStyle, Table, TableStyle};

/// The widest a table gets, unless `COLUMNS` says how wide the terminal is.
const WIDTH: u16 = 100;

/// The widest indentation of a table.
const INDENT: u16 = 3;

fn width() -> u16 {
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    told.map_or(WIDTH, |columns: u16| columns.clamp(60, 160))
}

/// A table with these headings.
pub fn table<const N: usize>(headings: [&str; N]) -> Table {
    let mut table = bare();
    table.set_header(headings.map(Cell::new));
    table
}

/// A table of names and values, without headings.
pub fn bare() -> Table {
    let mut table = Table::new();
    let rule = LineStyle::none().fill('─');
    table.load_style(TableStyle::new().content_lines(ContentLineStyle::none()).header_separator(rule));
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width() - INDENT);
    table
}

/// Parts the rows with an empty line: for rows of several lines.
pub fn parted(mut table: Table) -> Table {
    table.style_mut().row_separator = LineStyle::none().fill(' ');
    table
}

/// The table's lines, each `indent` spaces in and without spaces at the end.
pub fn lines(table: &Table, indent: usize) -> String {
    let mut text = String::new();
    for line in table.to_string().lines() {
        text.push_str(&" ".repeat(indent));
        text.push_str(line.trim_end());
        text.truncate(text.trim_end_matches(' ').len());
        text.push('\n');
    }
    text
}
