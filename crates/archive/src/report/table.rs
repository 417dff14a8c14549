//! Tables: where each cell stands, how wide each column is.

use super::flow::{Line, Setter};
use hl7::cda::narrative::{Block, Cell, Run, Table};

/// Columns, at most; what stands further right goes into the last.
const MAX_COLUMNS: usize = 24;
/// Between a cell's border and its words.
pub(super) const PADDING: f32 = 4.0;
/// Size of words in a table.
const SIZE: f32 = 9.5;

/// A row laid out.
pub(super) struct Row {
    /// Its cells.
    pub(super) cells: Vec<Placed>,
    /// Borders of columns that an earlier row's cell covers: no line crosses it.
    pub(super) held: Vec<(f32, f32)>,
}

/// A cell laid out: left, width, lines.
pub(super) struct Placed {
    pub(super) left: f32,
    pub(super) width: f32,
    pub(super) lines: Vec<Line>,
}

/// A cell of the grid: first column, number of columns, what stands in it.
type Spot = (usize, usize, Vec<Block>);

/// The rows of a table in a column `width` points wide, and the table's own width.
pub(super) fn rows(setter: &Setter<'_>, table: &Table, width: f32) -> (Vec<Row>, f32) {
    let grid = grid(table);
    let columns = grid.iter().flat_map(|(spots, _)| spots).map(|(column, span, _)| column + span).max().unwrap_or(0);
    let widths = widths(setter, &grid, columns, width);
    let edge = |column: usize| widths.iter().take(column).sum::<f32>();
    let rows = grid.iter().map(|(spots, held)| {
        let cells = spots.iter().map(|(column, span, blocks)| {
            let (left, right) = (edge(*column), edge(column + span));
            let lines = setter.column(blocks, SIZE, (right - left - 2.0 * PADDING).max(1.0));
            Placed { left, width: right - left, lines }
        });
        let held = held.iter().map(|column| (edge(*column), edge(column + 1))).collect();
        Row { cells: cells.collect(), held }
    });
    (rows.collect(), edge(columns))
}

/// For each row its cells, and the columns covered from above.
fn grid(table: &Table) -> Vec<(Vec<Spot>, Vec<usize>)> {
    let mut covered = [0_usize; MAX_COLUMNS];
    let mut grid = Vec::new();
    for row in &table.rows {
        let held = (0..MAX_COLUMNS).filter(|column| covered.get(*column).is_some_and(|rows| *rows > 0)).collect();
        let mut spots: Vec<Spot> = Vec::new();
        let mut column = 0;
        for cell in row {
            while covered.get(column).is_some_and(|rows| *rows > 0) {
                column += 1;
            }
            let room = covered.get(column..).unwrap_or_default().iter().take_while(|rows| **rows == 0).count();
            if room == 0 {
                // More cells than columns: nothing is lost, it stands in the last.
                match spots.last_mut() {
                    Some((_, _, blocks)) => blocks.extend(styled(cell)),
                    None => spots.push((0, 1, styled(cell))),
                }
                continue;
            }
            let span = cell.columns.clamp(1, room);
            spots.push((column, span, styled(cell)));
            covered.iter_mut().skip(column).take(span).for_each(|rows| *rows = cell.rows.max(1));
            column += span;
        }
        // A row without cells of its own is no row; what covers it goes on.
        covered.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
        if !spots.is_empty() {
            grid.push((spots, held));
        }
    }
    grid
}

/// The blocks of a cell; those of a heading in bold.
fn styled(cell: &Cell) -> Vec<Block> {
    let bold = |run: &Run| {
        let mut run = run.clone();
        run.look.bold = true;
        run
    };
    let blocks = cell.blocks.iter().map(|block| match block {
        Block::Paragraph(runs) if cell.heading => Block::Paragraph(runs.iter().map(bold).collect()),
        other => other.clone(),
    });
    blocks.collect()
}

/// Column widths: as wide as the words ask, else shared out by what they ask beyond their longest word.
fn widths(setter: &Setter<'_>, grid: &[(Vec<Spot>, Vec<usize>)], columns: usize, width: f32) -> Vec<f32> {
    let mut asked = vec![(24.0_f32, 12.0_f32); columns];
    // The first rows tell: a table of thousands is not measured whole.
    for (column, span, blocks) in grid.iter().take(200).flat_map(|(spots, _)| spots) {
        let (natural, word) = setter.measure(blocks, SIZE);
        let share = |points: f32| points / *span as f32 + 2.0 * PADDING + 1.0;
        for own in asked.iter_mut().skip(*column).take(*span) {
            own.0 = own.0.max(share(natural).min(width));
            own.1 = own.1.max(share(word).min(width));
        }
    }
    let natural: f32 = asked.iter().map(|own| own.0).sum();
    let least: f32 = asked.iter().map(|own| own.1).sum();
    if natural <= width {
        return asked.into_iter().map(|own| own.0).collect();
    }
    if least >= width {
        return asked.into_iter().map(|own| own.1 * width / least).collect();
    }
    let beyond = (natural - least).max(1.0);
    asked.into_iter().map(|own| own.1 + (own.0 - own.1) * (width - least) / beyond).collect()
}
