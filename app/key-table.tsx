import { keyStrings as say } from './strings/keys.ts'

/** All keys. The dialog that `app/reading/key-list.ts` opens shows this very table. */
export function KeyTable() {
  return (
    <table className="keys" id="keys-list">
      <thead>
        <tr>
          <th scope="col">{say.key}</th>
          <th scope="col">{say.does}</th>
          <th scope="col">{say.otherwise}</th>
        </tr>
      </thead>
      <tbody>
        {say.list.map(({ keys, does, otherwise, ...row }) => (
          <tr key={does}>
            <th scope="row">
              <kbd>{keys[0]}</kbd>
              {keys[1] && (
                <>
                  {'between' in row && row.between}
                  <kbd>{keys[1]}</kbd>
                </>
              )}
            </th>
            <td>{does}</td>
            <td>{otherwise}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
