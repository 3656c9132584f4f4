/** Stands for the rows of a table that are not drawn. */
export function SpacerRows({ height, columns }: { height: number; columns: number }) {
  return height <= 0 ? null : (
    <tbody aria-hidden="true">
      <tr>
        <td colSpan={columns} className="p-0" style={{ height }} />
      </tr>
    </tbody>
  );
}
